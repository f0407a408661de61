// The benchmark program, apart from where its output goes.
#ifndef XENT_BENCH_PROGRAM_H
#define XENT_BENCH_PROGRAM_H

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace xent::bench {

// What the program finds beside itself.
struct Surroundings {
  std::filesystem::path peers;       // folder of their libraries
  std::filesystem::path plot;        // the script of plot.py
  std::vector<std::string> pythons;  // to run it, the first that can
};

// Those of the running program.
Surroundings surroundings();

// Runs the benchmark: the table goes to `out`, what is being done and what went wrong to `err`.
// `arguments` without the program's name. Returns the exit status: 0 done, 2 bad usage or a file that cannot
// be written.
int run(const std::vector<std::string>& arguments, const Surroundings& around, std::ostream& out,
        std::ostream& err);

}  // namespace xent::bench

#endif  // XENT_BENCH_PROGRAM_H
