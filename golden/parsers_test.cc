// Every parser against text that nobody meant to write: mutations of text that is well-formed. What is read
// can be written and read again; what is not is refused with a message.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "golden/case.h"
#include "golden/exhaustive.h"
#include "golden/sets.h"
#include "reference/number.h"

namespace xent::golden {
namespace {

constexpr int kRounds = 20000;

const char* const kTokens[] = {
    "1e999999999", "-",    "nan", "inf",      "0x1p-1074", "1/0",  "\"", "{",
    "}",           "[",    "]",   ",",        ":",         "null", "-1", "9999999999999999999999",
    "\\u0000",     "\xff", "\n",  "1e-20000", "true"};

// One to four edits: a byte changed, a piece removed, doubled or moved in from elsewhere, a token put in.
std::string mutated(std::string text, std::mt19937_64& random) {
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

template <typename Check>
void fuzz(const std::vector<std::string>& seeds, Check check) {
  std::mt19937_64 random(20240607);
  int accepted = 0;
  for (int i = 0; i < kRounds; ++i)
    accepted += check(mutated(seeds[random() % seeds.size()], random)) ? 1 : 0;
  // Both ways were taken.
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, kRounds);
}

TEST(Parsers, Numbers) {
  fuzz({"0.75", "-12.5e-3", "7/10", "-1/3", "0x1.8p-3", "inf", "-inf", "nan", "1e400",
        "123456789012345678901234567890"},
       [](const std::string& text) {
         const auto number = reference::parse_number(text);
         if (!number) {
           EXPECT_FALSE(number.error().message.empty());
           return false;
         }
         const auto copy = reference::parse_number(number->to_string());
         EXPECT_TRUE(copy) << text;
         EXPECT_TRUE(copy && (number->is_nan() ? copy->is_nan() : *copy == *number)) << text;
         return true;
       });
}

TEST(Parsers, Cases) {
  std::vector<std::string> lines;
  for (const Set& set : sets()) {
    const std::string_view text = stored(set);
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = text.find('\n', start);
      if (end - start < 4000) lines.emplace_back(text.substr(start, end - start));
      start = end + 1;
    }
  }
  ASSERT_FALSE(lines.empty());
  fuzz(lines, [](const std::string& text) {
    const auto read_case = read(text);
    if (!read_case) {
      EXPECT_FALSE(read_case.error().message.empty());
      return false;
    }
    const std::string line = write(*read_case);
    const auto copy = read(line);
    EXPECT_TRUE(copy) << text;
    EXPECT_TRUE(copy && write(*copy) == line) << text;
    return true;
  });
}

TEST(Parsers, ProgressOfASweep) {
  const Block block{{1, 2, 3, 4}, 0x123456789abcdef0};
  fuzz({header_line(sweeps()[0]) + block_line(1, block) + block_line(2, block), header_line(sweeps()[1])},
       [](const std::string& text) {
         const auto progress = read_progress(text);
         if (!progress) {
           EXPECT_FALSE(progress.error().message.empty());
           return false;
         }
         EXPECT_NE(progress->sweep, nullptr);
         EXPECT_EQ(progress->digest().size(), 16U);
         return true;
       });
}

}  // namespace
}  // namespace xent::golden
