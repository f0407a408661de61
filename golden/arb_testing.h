#ifndef XENT_GOLDEN_ARB_TESTING_H
#define XENT_GOLDEN_ARB_TESTING_H

#include <string>
#include <string_view>
#include <vector>

#include "golden/arb_oracle.h"

// What the tests of the second oracle share: cases whose answers are known by hand.
namespace xent::arb {

inline constexpr const char* kCe = "softmax_cross_entropy";

std::string with(std::string line, std::string_view from, std::string_view to);

// All findings of a case.
std::string findings_of(std::string_view line);

// A question about two classes or more, and its values to 12 digits and more: "inf", "nan", "0" and other
// decimals that are exact begin with "=".
struct Known {
  const char* loss;
  const char* space;
  const char* numbers;
  const char* options;
  std::vector<std::string> values;
};

// A whole case with answers that say the values, and a value's answer alone.
std::string line_of(const Known& known, int rows);
std::string answer_of(const std::string& value);

// Another value: two are added to the last digit, and a special value is made another.
std::string wrong(std::string value);

std::size_t count(std::string_view text, std::string_view part);

// Each value is confirmed, is refused once it is wrong, and is proved to be exact where it is.
void expect_known(const std::vector<Known>& table, int rows);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_TESTING_H
