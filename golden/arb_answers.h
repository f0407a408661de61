// The second oracle as an implementation under test: what a program says that answers cases by FLINT and Arb.
#ifndef XENT_GOLDEN_ARB_ANSWERS_H
#define XENT_GOLDEN_ARB_ANSWERS_H

#include <string>
#include <string_view>

namespace xent::arb {

// The line that such a program begins with; properties/declaration_line.h.
std::string declaration();

// The answer line of a case line; properties/answer_line.h. Each number is within 2^-120 of itself of the
// true value, in hexadecimal; what is beyond every format is a number that is beyond them, too. What cannot
// be read, or is not told apart from 0, is "unsupported".
std::string answer(std::string_view line);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_ANSWERS_H
