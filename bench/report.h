// What is printed and written of a run.
#ifndef XENT_BENCH_REPORT_H
#define XENT_BENCH_REPORT_H

#include <cstdint>
#include <string>
#include <vector>

#include "bench/contenders.h"
#include "bench/machine.h"
#include "bench/measurement.h"
#include "bench/timing.h"

namespace xent::bench {

// A question that an implementation was not asked, since it claims nothing of the kind.
struct NotCovered {
  std::string implementation;
  Question question;
  std::string why;
};

struct Named {
  std::string name;
  std::string identity;
};

struct Report {
  Machine machine;
  TimingOptions timing;
  std::uint64_t seed = 0;
  std::vector<Named> implementations;
  std::vector<Measurement> rows;
  std::vector<NotCovered> not_covered;
  std::vector<Absent> absent;
};

// For people: a head that says what the columns mean, a section for each question with a line for each row,
// and, each once, why anything is missing.
std::string table(const Report& report);

// For programs, with a newline at the end:
//   {"machine": {"cpu", "cpus", "simd_target"}, "repetitions", "seconds_per_repetition", "seed",
//    "implementations": [{"name", "identity"}, ...],
//    "rows": [{"implementation", "operation", "format", "rows", "classes", "threads",
//              "ns_per_element": {"median", "min", "max", "all": [...]}, "limit", "ratio_to_limit",
//              "refused", "fails_golden"}, ...],
//    "not_covered": [{"implementation", "operation", "format", "why"}, ...],
//    "absent": [{"name", "why"}, ...]}
// "limit" is the implementation of the row that the ratio is to. What a row has no value for is null: what
// was not timed, "refused" of those that were, "fails_golden" of those that fail none.
std::string json_report(const Report& report);

}  // namespace xent::bench

#endif  // XENT_BENCH_REPORT_H
