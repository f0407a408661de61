// The bits that an implementation answers golden cases with: what a change that should change nothing is
// proved by.
#ifndef XENT_PROPERTIES_GOLDEN_BITS_H
#define XENT_PROPERTIES_GOLDEN_BITS_H

#include <span>
#include <string>
#include <vector>

#include "golden/case.h"
#include "properties/subject.h"
#include "reference/expected.h"

namespace xent::properties {

// One question and its answer.
struct AnsweredCase {
  std::string
      id;  // "dog/binary32", "dog/binary32/gradient"; with another output format "->binary16" after it
  std::string bits;  // of all outputs, hexadecimal, blanks between; or what came instead: "status 1"
  std::string loss;  // of a gradient: the bits of the losses that came with it
  std::string line;  // the question, in the case format
};

struct GoldenBits {
  std::string implementation;  // as the user named it
  std::string name;
  std::string version;
  std::vector<AnsweredCase> cases;
};

// Every case in every pair of formats that the implementation declares for it, and its gradient where that is
// declared, under the implementation's own conventions. Cases in exact numbers are asked with the nearest
// floats. NaNs are one: their payloads are not looked at.
GoldenBits golden_bits(const Subject& subject, std::span<const golden::Case> cases,
                       const std::string& implementation);

// A line about the implementation, one a case, and one with their number and digest.
std::string bits_text(const GoldenBits& bits);
// Status: an error names the line and what is wrong with it; a file that is cut short or was edited is
// refused.
reference::Expected<GoldenBits> read_bits(const std::string& text);

// XXH3 of the cases' lines.
std::string digest(const GoldenBits& bits);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_GOLDEN_BITS_H
