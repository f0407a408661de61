#include "properties/json.h"

#include <cmath>
#include <optional>

#include "golden/names.h"
#include "properties/accuracy_profile.h"

namespace xent::properties {
namespace {

// Sums of as many counts as there are binades do not overflow.
constexpr std::int64_t kMostOutputs = std::int64_t{1} << 50;

std::optional<double> number_in(const Json& value) {
  if (value.is_number()) return value.get<double>();
  for (const double special : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    if (value == json_number(special)) return special;
  }
  return std::nullopt;
}

// False if it is no pair of a power of two and a count.
bool read_count(const Json& pair, std::map<int, std::int64_t>& binades) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number_integer())
    return false;
  const auto ulps = pair[0].get<double>();
  const auto count = pair[1].get<std::int64_t>();
  const int at = binade(ulps);
  const bool is_edge = ulps == (at < kLeastBinade ? 0 : std::ldexp(1.0, at));
  return is_edge && count > 0 && count <= kMostOutputs && binades.emplace(at, count).second;
}

std::string shown(const Json& value) {
  return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

// Of a claim that names no format to compute in.
constexpr const char* kInputFormat = "input";

// A case within a regime within a loss.
constexpr int kFileDepth = 12;

}  // namespace

Json json_number(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

void read_number(StrictObject& object, const char* key, double& out) {
  const Json* value = object.find(key);
  if (value == nullptr) return;
  const auto number = number_in(*value);
  if (!number) return object.refuse(key, shown(*value), "a number, \"inf\", \"-inf\" or \"nan\"");
  out = *number;
}

void read_error(StrictObject& object, const char* key, double& out) {
  read_number(object, key, out);
  if (!(out >= 0)) object.refuse(key, shown(json_number(out)), "a number >= 0, or \"inf\"");
}

void read_numbers(StrictObject& object, const char* key, std::vector<double>& out) {
  const Json* list = object.find(key);
  if (list == nullptr) return;
  if (!list->is_array()) return object.refuse(key, shown(*list), "an array of numbers");
  for (const Json& element : *list) {
    const auto number = number_in(element);
    if (!number) return object.refuse(key, shown(element), "numbers, \"inf\", \"-inf\" or \"nan\"");
    out.push_back(*number);
  }
}

void read_unsigned(StrictObject& object, const char* key, std::uint64_t& out) {
  const Json* value = object.find(key);
  if (value == nullptr) return;
  if (!value->is_number_unsigned()) return object.refuse(key, shown(*value), "an integer >= 0");
  out = value->get<std::uint64_t>();
}

void read_level(StrictObject& object, const char* key, Level& out) {
  std::string text;
  object.read(key, text);
  if (object.failed()) return;
  if (const auto level = level_named(text)) {
    out = *level;
  } else {
    object.refuse(key, "'" + text + "'", "smoke or standard");
  }
}

Json constants_json(const Constants& constants) {
  const xent_format format = constants.compute_format;
  return {{"exp_error", constants.exp_error},
          {"log_error", constants.log_error},
          {"summation", golden::name_of(golden::kSummations, constants.summation)},
          {"compute_format", format == XENT_NO_FORMAT ? kInputFormat : reference::format(format).name}};
}

void read_constants(const Json* json, std::optional<reference::Error>& error, std::optional<Constants>& out) {
  if (json == nullptr) return;
  StrictObject object(*json, "constants.", error);
  Constants read;
  std::string format;
  for (const char* key : {"exp_error", "log_error", "summation", "compute_format"}) object.require(key);
  read_error(object, "exp_error", read.exp_error);
  read_error(object, "log_error", read.log_error);
  object.read_name("summation", golden::kSummations, read.summation);
  object.read("compute_format", format);
  if (const reference::Format* known = reference::find_format(format)) {
    read.compute_format = known->id;
  } else if (format != kInputFormat) {
    object.refuse("compute_format", "'" + format + "'", "a floating-point format, or input");
  }
  object.finish();
  if (!error) out = read;
}

Json json_counts(const std::map<int, std::int64_t>& binades) {
  Json counts = Json::array();
  for (const auto& [binade, count] : binades)
    counts.push_back({binade < kLeastBinade ? 0.0 : std::ldexp(1.0, binade), count});
  return counts;
}

void read_counts(StrictObject& object, const char* key, std::int64_t outputs,
                 std::map<int, std::int64_t>& binades) {
  const Json* counts = object.find(key);
  if (counts == nullptr) return;
  std::int64_t counted = 0;
  for (const Json& pair : *counts) {
    if (!read_count(pair, binades))
      return object.refuse(key, shown(pair), "pairs [0 or a power of two, a count], each power once");
    counted += pair[1].get<std::int64_t>();
  }
  if (counted != outputs) object.refuse(key, std::to_string(counted) + " in all", "as many as outputs");
}

reference::Expected<Json> parse_file(const std::string& text) {
  return golden::parse_json(text, kFileDepth);
}

}  // namespace xent::properties
