#include "golden/strict_object.h"

#include <fmt/format.h>

#include <algorithm>

#include "reference/xent.h"

namespace xent::golden {

using reference::Error;
using reference::Expected;
using reference::Number;
using reference::refused;

namespace {

constexpr std::size_t kShownLength = 60;

std::string shortened(std::string text) {
  if (text.size() <= kShownLength) return text;
  return text.substr(0, kShownLength) + "...";
}

std::string shown(const Json& value) {
  return shortened(value.dump(-1, ' ', true, Json::error_handler_t::replace));
}

bool read_integer(const Json& value, std::int64_t& out) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return false;
  out = value.get<std::int64_t>();
  return true;
}

constexpr const char* kNumberText = "text of a decimal, a fraction, a hexadecimal float, inf or nan";

// Where a parser stopped, as what was read there says more than what it expected instead; or else what it
// says behind its own name: that a number is beyond any format.
std::string trouble_in(std::string_view message) {
  const auto begin = message.find("parse error at");
  if (begin != std::string_view::npos)
    return std::string(message.substr(begin, message.find(": ", begin) - begin));
  const auto name = message.find("] ");
  return std::string(name == std::string_view::npos ? message : message.substr(name + 2));
}

}  // namespace

Expected<Json> parse_json(std::string_view text, int deepest) {
  std::optional<Error> error;
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (error) return false;
    if (depth > deepest) error = refused("line", "deeper nesting", fmt::format("{} levels", deepest));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      error = refused(shortened(parsed.get<std::string>()), "a second value", "each key once");
    return !error;
  };
  try {
    Json parsed = Json::parse(text, watch);
    if (error) return *error;
    return parsed;
  } catch (const Json::exception& e) {
    if (error) return *error;
    return refused("line", fmt::format("{} ({})", shown(Json(std::string(text))), trouble_in(e.what())),
                   "one JSON object");
  }
}

StrictObject::StrictObject(const Json& value, std::string path, std::optional<Error>& error)
    : value_(value), path_(std::move(path)), error_(error) {
  if (!value.is_object() && !error_) {
    error_ = refused(path_.empty() ? "line" : path_.substr(0, path_.size() - 1), shown(value), "an object");
  }
}

const Json* StrictObject::find(const char* key) {
  if (failed()) return nullptr;
  known_.insert(key);
  const auto found = value_.find(key);
  return found == value_.end() ? nullptr : &*found;
}

void StrictObject::require(const char* key) {
  if (!has(key)) refuse(key, "nothing", "the key is required");
}

void StrictObject::read(const char* key, std::string& out) {
  const Json* value = find(key);
  if (value == nullptr) return;
  if (!value->is_string()) return refuse_value(key, *value, "a string");
  out = value->get<std::string>();
}

void StrictObject::read(const char* key, bool& out) {
  const Json* value = find(key);
  if (value == nullptr) return;
  if (!value->is_boolean()) return refuse_value(key, *value, "true or false");
  out = value->get<bool>();
}

void StrictObject::read(const char* key, std::int64_t& out, std::int64_t least, std::int64_t most) {
  const Json* value = find(key);
  if (value == nullptr) return;
  std::int64_t read = 0;
  if (!read_integer(*value, read) || read < least || read > most)
    return refuse_value(key, *value, fmt::format("an integer from {} to {}", least, most));
  out = read;
}

void StrictObject::read(const char* key, std::int32_t& out, std::int32_t least, std::int32_t most) {
  std::int64_t wide = out;
  read(key, wide, least, most);
  out = static_cast<std::int32_t>(wide);
}

template <typename T, typename Reader>
void StrictObject::read_array(const char* key, const char* accepted, std::vector<T>& out, Reader reader) {
  const Json* value = find(key);
  if (value == nullptr) return;
  if (!value->is_array())
    return refuse_value(key, *value, fmt::format("an array, each element {}", accepted));
  out.clear();
  out.reserve(value->size());
  for (std::size_t i = 0; i < value->size(); ++i) {
    T element{};
    if (!reader((*value)[i], element))
      return refuse_value(fmt::format("{}[{}]", key, i), (*value)[i], accepted);
    out.push_back(std::move(element));
  }
}

void StrictObject::read(const char* key, std::vector<std::string>& out) {
  read_array(key, "a string", out, [](const Json& element, std::string& text) {
    if (element.is_string()) text = element.get<std::string>();
    return element.is_string();
  });
}

void StrictObject::read(const char* key, std::vector<std::int64_t>& out) {
  read_array(key, "an integer", out, read_integer);
}

void StrictObject::read(const char* key, std::vector<Number>& out) {
  read_array(key, kNumberText, out, [](const Json& element, Number& number) {
    if (!element.is_string()) return false;
    auto parsed = reference::parse_number(element.get_ref<const std::string&>());
    if (parsed) number = *parsed;
    return parsed.has_value();
  });
}

void StrictObject::read_finite(const char* key, Number& out) {
  std::string text;
  if (!has(key)) return;
  read(key, text);
  if (failed()) return;
  const auto number = reference::parse_number(text);
  if (!number || !number->is_finite())
    return refuse_value(key, *find(key), "text of a finite decimal, fraction or hexadecimal float");
  out = *number;
}

void StrictObject::read_finite(const char* key, double& out) {
  Number number(out);
  read_finite(key, number);
  if (failed()) return;
  if (!number.is_double()) return refuse_value(key, *find(key), "a binary64 number");
  out = number.as_double();
}

void StrictObject::read_name(const char* key, std::span<const Named> table, std::int32_t& out) {
  std::string name;
  if (!has(key)) return;
  read(key, name);
  if (failed()) return;
  const auto value = value_of(table, name);
  if (!value) return refuse_value(key, *find(key), names(table));
  out = *value;
}

void StrictObject::read_names(const char* key, std::span<const Named> table, std::uint32_t& out) {
  std::vector<std::string> list;
  read(key, list);
  for (const std::string& name : list) {
    if (failed()) return;
    const auto value = value_of(table, name);
    if (!value) return refuse_value(key, *find(key), "a list of " + names(table));
    out |= XENT_BIT(*value);
  }
}

void StrictObject::finish() {
  if (failed()) return;
  for (const auto& [key, value] : value_.items()) {
    if (known_.contains(key)) continue;
    std::string accepted;
    for (const std::string& known : known_) accepted += (accepted.empty() ? "" : ", ") + known;
    return refuse(shortened(key), "an unknown key", accepted);
  }
}

void StrictObject::refuse(const std::string& key, const std::string& found, const std::string& accepted) {
  if (!failed()) error_ = refused(path_ + key, found, accepted);
}

void StrictObject::fail(const std::string& key, const std::string& message) {
  if (!failed()) error_ = Error{path_ + key + ": " + message};
}

void StrictObject::refuse_value(const std::string& key, const Json& found, const std::string& accepted) {
  refuse(key, shown(found), accepted);
}

}  // namespace xent::golden
