// A report as JUnit XML, which Jenkins, GitLab and others show: every law is a test case.
#ifndef XENT_PROPERTIES_JUNIT_H
#define XENT_PROPERTIES_JUNIT_H

#include <string>

#include "properties/evidence.h"

namespace xent::properties {

// A law that fails or is undecided is a failure, with its messages and replay lines; one that was cut short
// is an error, and so is a run that was interrupted, so that nobody takes it for a pass. Source: what
// Jenkins' junit-10.xsd allows, without times: the same run gives the same file.
std::string junit_report(const Report& report);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_JUNIT_H
