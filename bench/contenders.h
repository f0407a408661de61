// Who takes part in a run.
#ifndef XENT_BENCH_CONTENDERS_H
#define XENT_BENCH_CONTENDERS_H

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "bench/host.h"
#include "bench/workloads.h"
#include "reference/expected.h"

namespace xent::bench {

struct Contender {
  std::string name;      // as the user knows it
  std::string identity;  // what it calls itself
  Host host;
  std::vector<Standing> standings;  // of each question
};

struct Absent {
  std::string name;
  std::string why;
};

struct Field {
  std::vector<Contender> contenders;
  std::vector<Absent> absent;
};

// A process for everyone named, each once: peers by the names of their catalogue, whose libraries lie in the
// folder, others as properties::find_implementation knows them. `all_peers` adds the peers that are there and
// lists those that are not. Status: an error names who cannot be found.
reference::Expected<Field> enter(const std::vector<std::string>& names, bool all_peers,
                                 const std::filesystem::path& folder, std::span<const Workload> workloads);

}  // namespace xent::bench

#endif  // XENT_BENCH_CONTENDERS_H
