#include "bench/machine.h"

#include <fstream>
#include <string_view>
#include <thread>

#include "bench/limits.h"

namespace xent::bench {

std::string cpu_model(std::istream& cpuinfo) {
  constexpr std::string_view kKey = "model name";
  for (std::string line; std::getline(cpuinfo, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(kKey) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

Machine this_machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  return {cpu_model(cpuinfo), std::thread::hardware_concurrency(), simd_target()};
}

}  // namespace xent::bench
