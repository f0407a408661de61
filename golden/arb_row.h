// The second oracle's losses: the values and derivatives of one row.
#ifndef XENT_GOLDEN_ARB_ROW_H
#define XENT_GOLDEN_ARB_ROW_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "golden/arb_value.h"

namespace xent::arb {

// What a problem says of every row.
struct Question {
  std::string loss;
  std::string space;         // of the input
  Exact stretch = 1;         // scale / temperature
  bool log_targets = false;  // P as logarithms
  Exact softcap;             // 0: none
  Exact z_loss;
  Exact smoothing;
  std::string smoothing_mass;
  std::string smoothing_weights;
  Elements class_weights;  // empty: 1
  std::string all_masked;
  bool zero_is_nan = false;  // what a zero weight or label times an infinite loss is, if not nothing
  bool unit_mass = false;
  bool leaves_out_masked = false;  // what smoothing and soft labels put on a masked class

  bool has_logits() const { return space == "logits"; }
  bool has_logs() const { return space == "log_probabilities"; }
};

// How probabilities came to be, for derivatives with respect to what was given.
struct Making {
  std::vector<bool> is_clipped;  // empty: none
  bool clip_first = false;
  Exact divisor;  // 0: not normalised
};

// The input as the loss takes it: logits stretched, probabilities normalised and clipped.
struct LossRow {
  Elements x;
  Elements y;  // empty, or as many
  std::optional<std::size_t> target;
  std::string untargeted;  // what a hard label out of range leaves: "lse", "log_sum"; otherwise empty
  Making of_x;
  Making of_y;
};

// A probability or a label, given as itself or as its logarithm. Domain: neither NaN nor +inf.
Sum probability(bool is_log, const Element& entry);

// The two parts of a row's loss.
struct LossParts {
  Value loss;
  Value z_loss;
};
LossParts row_loss(const Question& question, const LossRow& row);

// softmax and log_softmax: one value for each class.
std::vector<Value> row_entries(const Question& question, const LossRow& row);

// What the derivatives of the parts are multiplied by.
struct PartFactors {
  Exact loss;
  Sum z_loss;
};
std::vector<Value> row_gradient(const Question& question, const LossRow& row, const PartFactors& factors);
std::vector<Value> row_target_gradient(const Question& question, const LossRow& row,
                                       const PartFactors& factors);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_ROW_H
