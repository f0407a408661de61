// Every parser against text that nobody meant to write: mutations of text that is well-formed. What is read
// can be written and read again; what is not is refused with a message.
#include <gtest/gtest.h>

#include <string>

#include "golden/case.h"
#include "golden/exhaustive.h"
#include "golden/mutated_text.h"
#include "reference/number.h"

namespace xent::golden {
namespace {

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
  fuzz(short_case_lines(), [](const std::string& text) {
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
