// Cases as rows of a table: what the golden sets are written in.
#ifndef XENT_GOLDEN_CASE_TABLE_H
#define XENT_GOLDEN_CASE_TABLE_H

#include <optional>
#include <span>
#include <vector>

#include "golden/case.h"

namespace xent::golden {

// One case. Matrices are texts: numbers separated by commas, rows by semicolons, "0.1,0.7,0.2; 0.2,0.2,0.6";
// a number followed by ":N" stands for N of them, a row followed by "*N" for N rows.
struct Row {
  const char* id;
  const char* source;
  const char* loss;
  const char* input;              // logits x or the distribution Q (for entropy: P)
  const char* targets = "";       // one a row: "1,0"
  const char* target_probs = "";  // P, or soft labels
  const char* printed = "";
  xent_space space = XENT_PROBABILITIES;
  const char* base = "0";
  xent_reduction reduction = XENT_NONE;
  std::optional<std::int64_t> ignore_index = std::nullopt;
  xent_denominator denominator = XENT_VALID_ROWS;
  xent_policy all_ignored = XENT_POLICY_DEFAULT;
  xent_policy all_masked = XENT_POLICY_DEFAULT;
  const char* label_smoothing = "0";
  xent_policy masked_labels = XENT_POLICY_DEFAULT;
  // The numbers are exact, or the floats of this format nearest to them.
  xent_format format = XENT_NO_FORMAT;
};

// Domain: texts that can be read, rows of one length; anything else is our own bug.
Case case_of(const Row& row);
std::vector<Case> cases_of(std::span<const Row> rows);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_CASE_TABLE_H
