// Judging an implementation that runs where xent does not: its questions are written down, and its answers
// read.
//
// A run is a folder. run.json says who is asked and what is put to it; questions.jsonl has a case a line,
// golden/case.h; answers.jsonl is what the implementation made of these, answer_line.h, after its declaration
// or without. The conversation of program.h, then, with files for pipes.
#ifndef XENT_PROPERTIES_OFFLINE_H
#define XENT_PROPERTIES_OFFLINE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "properties/judge.h"
#include "properties/subject.h"
#include "reference/expected.h"

namespace xent::properties {

// Who is asked, and what.
struct OfflineRun {
  std::shared_ptr<const xent_implementation> declaration;
  Level level = Level::standard;
  std::uint64_t seed = 1;
  std::string law;        // an id; empty: all
  std::string questions;  // the lines
};

// Every question of a check in one process, without search and shrinking, each answered meanwhile by its true
// value, so that no law stops short. Nothing if it was interrupted. Domain: that of gather.
std::optional<OfflineRun> exported(std::shared_ptr<const xent_implementation> declaration,
                                   const CheckOptions& options);

// run.json. Reading it takes the questions as well, which have to be those that were written. Status: an
// error names the key or the file, what was found and what is accepted.
std::string run_text(const OfflineRun& run);
reference::Expected<OfflineRun> read_run(const std::string& run, std::string questions);

// Answers as the implementation did. A question without an answer is one that it failed on; one that nobody
// wrote down counts as unrecorded. What was asked twice is answered by its two answers in turn, then by the
// last. Status: an error names the line, the key, what was found and what is accepted.
reference::Expected<std::shared_ptr<Remote>> recorded(OfflineRun run, std::string answers);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_OFFLINE_H
