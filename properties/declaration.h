// What an implementation under test declares, in the terms the judge needs.
#ifndef XENT_PROPERTIES_DECLARATION_H
#define XENT_PROPERTIES_DECLARATION_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/expected.h"
#include "reference/format.h"
#include "reference/problem.h"
#include "reference/xent.h"

namespace xent::properties {

// The error bounds an implementation can claim, strongest first; see bounds.h and MATH of the contract's
// xent_claim.
enum class Grade { correctly_rounded, faithful, ulp, log1p, shifted, lse, online, probability };

struct ClaimedGrade {
  Grade grade;
  double ulps = 0;  // for Grade::ulp
};

// Reads "log1p", "ulp:2.5", ... Status: an error names the text and what is accepted.
reference::Expected<ClaimedGrade> parse_grade(std::string_view text);
const char* name(Grade grade);

// Membership in the contract's bit sets.
inline bool contains(std::uint32_t set, std::int32_t enumerator) {
  return (set >> enumerator & 1U) != 0;
}

// The formats of a set that the judge can produce and read.
std::vector<const reference::Format*> formats_in(std::uint32_t set);

// The format in which class weights, sample weights and upstream factors are handed over, on which the
// contract is silent: they are parameters, and kept in binary32 also where the logits are narrower.
xent_format factor_format(const reference::Problem& problem);

// The first claim for a loss; none if it is not declared.
const xent_claim* find_claim(const xent_implementation& implementation, std::string_view loss);
// The first claim that covers the problem, which is the one it is judged by; otherwise the first for its
// loss.
const xent_claim* find_claim(const xent_implementation& implementation, const reference::Problem& problem);

// Why the claim does not cover the problem; nullopt if it does.
std::optional<std::string> not_covered(const xent_claim& claim, const reference::Problem& problem);

// Whether the declaration itself makes sense: version, names, grades, formats. Status: the first thing that
// does not.
std::optional<reference::Error> validate(const xent_implementation& implementation);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_DECLARATION_H
