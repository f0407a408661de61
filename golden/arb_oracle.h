// The second oracle: confirms the answers of cases by FLINT and Arb (Johansson, Arb: efficient
// arbitrary-precision midpoint-radius interval arithmetic, IEEE Trans. Computers 66, 2017), independently of
// the reference.
#ifndef XENT_GOLDEN_ARB_ORACLE_H
#define XENT_GOLDEN_ARB_ORACLE_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace xent::arb {

struct Report {
  std::size_t cases = 0;
  std::size_t answers = 0;
  std::size_t comparisons = 0;        // of a true value with a number
  std::vector<std::string> findings;  // "id: answer[0].binary32: ..."
};

// A rounding beyond those of an answer: the float, as a hexadecimal text, that the answer's value rounds to.
struct Claim {
  std::size_t answer = 0;
  std::string format;     // "binary32"
  std::string direction;  // "toward_zero"
  std::string value;
};

// Checks every answer of a case, given as one line: that the value lies in [lower, upper]; that each rounding
// is the one nearest float, ties to even; that the decimals are within half a unit of the last; that the
// status is the right one. A value that is not told apart from a boundary by 2^18 bits must be exact. A line
// that cannot be read is a finding, as is a case without answers.
void check_line(std::string_view line, Report& report, const std::vector<Claim>& claims = {});
// All lines of a text.
Report check(std::string_view text);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_ORACLE_H
