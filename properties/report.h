// A report as text for people and as JSON for programs.
#ifndef XENT_PROPERTIES_REPORT_H
#define XENT_PROPERTIES_REPORT_H

#include <string>

#include "properties/judge.h"

namespace xent::properties {

// `name` is what the user typed, so that replay lines work.
std::string text_report(const Report& report, const std::string& name);
// An object with keys implementation, version, level, seed, conforms, laws, accuracy.
std::string json_report(const Report& report, const std::string& name);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_REPORT_H
