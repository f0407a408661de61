// What all JSON files of the judge have in common.
#ifndef XENT_PROPERTIES_JSON_H
#define XENT_PROPERTIES_JSON_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "golden/strict_object.h"
#include "properties/evidence.h"

namespace xent::properties {

using golden::Json;
using golden::StrictObject;

// A number as JSON has it, or what JSON has no number for as the text "inf", "-inf" or "nan". Reading it back
// gives the same float.
Json json_number(double value);
// The number of such a value; an absent key leaves `out` as it is.
void read_number(StrictObject& object, const char* key, double& out);

// The same of an error, which is no less than 0.
void read_error(StrictObject& object, const char* key, double& out);

void read_numbers(StrictObject& object, const char* key, std::vector<double>& out);
void read_unsigned(StrictObject& object, const char* key, std::uint64_t& out);
// The constants of a bound, and what is written of them, where it is there at all.
Json constants_json(const Constants& constants);
void read_constants(const Json* json, std::optional<reference::Error>& error, std::optional<Constants>& out);
void read_level(StrictObject& object, const char* key, Level& out);

// Outputs by the binade of their error in ulps, as pairs of a power of two and a count: so many are off by at
// least this many ulps and less than twice as many; errors below 2^kLeastBinade are under 0.
Json json_counts(const std::map<int, std::int64_t>& binades);
// Domain: each count is positive, and `outputs` are counted.
void read_counts(StrictObject& object, const char* key, std::int64_t outputs,
                 std::map<int, std::int64_t>& binades);

// The object in a text, as deep as the files of the judge are.
reference::Expected<Json> parse_file(const std::string& text);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_JSON_H
