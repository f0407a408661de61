// A libFuzzer program for the parser XENT_FUZZED of the catalogue fuzzed_parsers() in namespace
// XENT_FUZZED_NAMESPACE. It starts from the parser's own seeds, so that
// it needs no corpus: `xent-fuzz-case -max_total_time=600`.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include XENT_FUZZED_HEADER

namespace {

const xent::golden::FuzzedParser& parser() {
  static const xent::golden::FuzzedParser& kParser = [&]() -> const xent::golden::FuzzedParser& {
    for (const auto& candidate : XENT_FUZZED_NAMESPACE::fuzzed_parsers())
      if (std::strcmp(candidate.name, XENT_FUZZED) == 0) return candidate;
    std::abort();  // the build names one that is not in the catalogue
  }();
  return kParser;
}

}  // namespace

extern "C" {

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t capacity);

// Now and then a seed takes the place of what the fuzzer had.
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t capacity,
                                    unsigned random) {
  static const auto kSeeds = parser().seeds();
  if (size <= 1 || random % 64 == 0) {
    const std::string& seed = kSeeds[random / 64 % kSeeds.size()];
    size = std::min(seed.size(), capacity);
    std::copy_n(seed.begin(), size, data);
  }
  return LLVMFuzzerMutate(data, size, capacity);
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parser().accepts({reinterpret_cast<const char*>(data), size});
  return 0;
}

}  // extern "C"
