// Text that nobody meant to write, for the tests of parsers.
#ifndef XENT_GOLDEN_MUTATED_TEXT_H
#define XENT_GOLDEN_MUTATED_TEXT_H

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "golden/fuzzed_parser.h"

namespace xent::golden {

inline constexpr int kRounds = 20000;

inline constexpr const char* kTokens[] = {
    "1e999999999", "-",    "nan", "inf",      "0x1p-1074", "1/0",  "\"", "{",
    "}",           "[",    "]",   ",",        ":",         "null", "-1", "9999999999999999999999",
    "\\u0000",     "\xff", "\n",  "1e-20000", "true"};

// One to four edits: a byte changed, a piece removed, doubled or moved in from elsewhere, a token put in.
inline std::string mutated(std::string text, std::mt19937_64& random) {
  for (auto edits = 1 + random() % 4; edits > 0; --edits) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    const std::size_t length = std::min<std::size_t>(random() % 30, text.size() - at);
    switch (random() % 5) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text.insert(at, text.substr(text.empty() ? 0 : random() % text.size(), length));
        break;
      default:
        text.insert(at, kTokens[random() % std::size(kTokens)]);
    }
  }
  return text;
}

inline void PrintTo(const FuzzedParser& parser, std::ostream* out) {
  *out << parser.name;
}

// Hands mutations of its seeds to the parser.
inline void fuzz(const FuzzedParser& parser) {
  std::mt19937_64 random(20240607);
  const std::vector<std::string> seeds = parser.seeds();
  int accepted = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = mutated(seeds[random() % seeds.size()], random);
    try {
      accepted += parser.accepts(text) ? 1 : 0;
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what() << ": " << text;
    }
  }
  // Both ways were taken.
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, kRounds);
}

}  // namespace xent::golden

#endif  // XENT_GOLDEN_MUTATED_TEXT_H
