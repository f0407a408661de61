// A report as one page for a browser.
#ifndef XENT_PROPERTIES_HTML_H
#define XENT_PROPERTIES_HTML_H

#include <string>

#include "properties/evidence.h"

namespace xent::properties {

// One HTML file that loads nothing: the verdict, each failure with its input, the certified value and a
// replay line, the laws, and the errors of each loss by regime, drawn and in numbers. Light or dark as the
// reader's system is, and readable on a phone.
std::string html_report(const Report& report);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_HTML_H
