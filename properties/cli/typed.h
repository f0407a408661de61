// What a user types as numbers, and how answers are shown.
#ifndef XENT_PROPERTIES_CLI_TYPED_H
#define XENT_PROPERTIES_CLI_TYPED_H

#include <string>
#include <vector>

#include "properties/cli/command.h"
#include "reference/certify.h"

namespace xent::properties::cli {

// What a list may hold.
enum class Domain { any, probabilities };

// "0.1,0.7,0.2" as exact numbers. `field` names them in errors: "p[2]: 'x' is not accepted; ...".
std::vector<reference::Number> parse_list(const std::string& field, const std::string& text, Domain domain);

// Everything there is to say of one certified value.
struct Shown {
  std::string value;   // decimal digits, or "undecided"
  std::string status;  // "exact", "rounded", "infinite", "nan" or "undecided"
  std::string lower, upper;
  int precision_bits = 0;
  std::vector<std::pair<std::string, std::string>> formats;  // name, hexadecimal float or "undecided"
};
Shown show(reference::Certified& certified, int digits);

// The value alone on the first line, then the certificate; notes last.
std::string as_text(const Shown& shown, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes);
// Several values, each alone on a line, by class; then what they are.
std::string as_text(const std::vector<Shown>& values, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes);
// One object: values, a list of what as_json has for one; formula, unit, notes.
std::string as_json(const std::vector<Shown>& values, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes);
// One object: value, status, lower, upper, precision_bits, a key for each format, formula, unit, notes.
std::string as_json(const Shown& shown, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_TYPED_H
