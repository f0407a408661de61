// What all JSON files of the judge have in common.
#ifndef XENT_PROPERTIES_JSON_H
#define XENT_PROPERTIES_JSON_H

#include <string>

#include "golden/strict_object.h"

namespace xent::properties {

using golden::Json;
using golden::StrictObject;

// A number as JSON has it, or what JSON has no number for as the text "inf", "-inf" or "nan". Reading it back
// gives the same float.
Json json_number(double value);
// The number of such a value; an absent key leaves `out` as it is.
void read_number(StrictObject& object, const char* key, double& out);

// The object in a text, as deep as the files of the judge are.
reference::Expected<Json> parse_file(const std::string& text);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_JSON_H
