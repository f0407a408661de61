// The catalogue of golden sets: one row each. To add a set, write its file pair, add its row in sets.cc, and
// run xent-golden-generate; its stored cases are then verified by the tests and part of the library.
#ifndef XENT_GOLDEN_SETS_H
#define XENT_GOLDEN_SETS_H

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "golden/case.h"

namespace xent::golden {

struct Set {
  const char* name;
  const char* description;
  const char* file;  // in golden/cases/
  std::vector<Case> (*cases)();
};

// Significant decimals of a stored value.
inline constexpr int kDigits = 40;

std::span<const Set> sets();
const Set* find_set(std::string_view name);

// All lines of the set, answers included, certified now. Status: an error names the case that the reference
// refuses.
reference::Expected<std::string> certified_text(const Set& set);
// The same. Domain: a set of the catalogue, whose cases the reference accepts.
std::string regenerate(const Set& set);
// The lines as they were stored when the library was built; empty if they were never generated.
std::string_view stored(const Set& set);
// The stored lines of all sets that are short enough for a random change to hit what matters: what parsers
// are tested with.
std::vector<std::string> short_case_lines();

}  // namespace xent::golden

#endif  // XENT_GOLDEN_SETS_H
