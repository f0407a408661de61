// The command line of the benchmark.
#ifndef XENT_BENCH_OPTIONS_H
#define XENT_BENCH_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

#include "bench/operations.h"
#include "bench/timing.h"
#include "bench/workloads.h"
#include "reference/expected.h"

namespace xent::bench {

struct Options {
  std::vector<std::string>
      implementations;  // names of peers, or as properties::find_implementation knows them
  bool peers = false;   // and all peers that are there
  std::vector<const reference::Format*> formats;  // of the logits, each once
  std::vector<const Operation*> operations;       // each once
  TimingOptions timing;
  std::vector<Shape> shapes;
  std::uint64_t seed = 1;
  bool even_if_wrong = false;
  std::string json;      // file to write; empty: none
  std::string markdown;  // the same
  std::string plot;      // the same
  std::string help;      // not empty: what to print instead of timing

  // Every operation in every format, the formats one after the other.
  std::vector<Question> questions() const;
};

// `arguments` without the program's name. Status: an error, one line, names the option, its value and what is
// accepted.
reference::Expected<Options> parse(const std::vector<std::string>& arguments);

}  // namespace xent::bench

#endif  // XENT_BENCH_OPTIONS_H
