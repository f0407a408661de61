// What the timings depend on.
#ifndef XENT_BENCH_MACHINE_H
#define XENT_BENCH_MACHINE_H

#include <istream>
#include <string>

namespace xent::bench {

struct Machine {
  std::string cpu;
  unsigned cpus = 0;        // that this process may expect to use
  std::string simd_target;  // as limits.h
};

// The machine this runs on. What it does not tell is "unknown" or 0.
Machine this_machine();

// The first "model name" of a text like Linux's /proc/cpuinfo; "unknown" if there is none.
std::string cpu_model(std::istream& cpuinfo);

}  // namespace xent::bench

#endif  // XENT_BENCH_MACHINE_H
