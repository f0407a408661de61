// A report as text for people and as JSON for programs.
#ifndef XENT_PROPERTIES_REPORT_H
#define XENT_PROPERTIES_REPORT_H

#include <string>

#include "properties/evidence.h"

namespace xent::properties {

// "pass", "FAIL", "skip", "UNDECIDED", "cut short".
const char* word(LawVerdict::Kind kind);
// "fast conforms to its claims", and what else there is to say.
std::string verdict_sentence(const Report& report);

// With `colour`, verdicts are in the colours of a terminal. What others wrote is printable and keeps to its
// line.
std::string text_report(const Report& report, bool colour = false);
// An object with keys implementation, name, version, level, seed, finished, conforms, laws, accuracy.
std::string json_report(const Report& report);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_REPORT_H
