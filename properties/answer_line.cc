#include "properties/answer_line.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "golden/exact_text.h"
#include "golden/strict_object.h"
#include "properties/call.h"
#include "properties/declaration.h"
#include "reference/format.h"

namespace xent::properties {
namespace {

using golden::Json;
using golden::StrictObject;
using reference::Expected;
using reference::Format;
using reference::Number;
using FirstError = std::optional<reference::Error>;

// Python writes floats that JSON has no number for as bare words: as texts they are exact numbers.
std::string with_quoted_words(std::string_view line) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kWords = {
      {{"NaN", "\"nan\""}, {"-Infinity", "\"-inf\""}, {"Infinity", "\"inf\""}}};
  std::string quoted;
  bool in_text = false;
  while (!line.empty()) {
    std::size_t taken = 0;
    for (const auto& [word, text] : kWords) {
      if (in_text || taken > 0 || !line.starts_with(word)) continue;
      quoted += text;
      taken = word.size();
    }
    if (taken == 0) {
      if (in_text && line[0] == '\\' && line.size() > 1) taken = 1;
      if (line[0] == '"') in_text = !in_text;
      quoted += line.substr(0, ++taken);
    }
    line.remove_prefix(taken);
  }
  return quoted;
}

Expected<Json> parse(std::string_view line) {
  auto json = golden::parse_json(line);
  if (json) return json;
  if (line.find("NaN") == std::string_view::npos && line.find("Infinity") == std::string_view::npos)
    return json;
  auto again = golden::parse_json(with_quoted_words(line));
  return again ? again : json;
}

double rounded(const Number& number, const Format& format) {
  if (!number.is_finite()) {
    const double value = number.as_double();
    return number.is_infinite() && !format.has_infinity ? std::nan("") : value;
  }
  if (number.is_double() && (number.is_zero() || reference::find_bits(format, number.as_double())))
    return number.as_double();
  return reference::decode(format,
                           reference::round(number.rational(), format, reference::Rounding::nearest_even));
}

class Values {
 public:
  Values(StrictObject& object, const char* key, const Format& format, FirstError& error)
      : object_(object), key_(key), format_(format), error_(error) {}

  void read(std::int64_t count, std::vector<double>& out) {
    object_.require(key_);
    const Json* value = object_.find(key_);
    if (value == nullptr) return;
    if (value->is_object()) {
      read_object(*value, out);
    } else if (value->is_array()) {
      out.reserve(value->size());
      for (const Json& element : *value) {
        if (!read_one(element, fmt::format("{}[{}]", key_, out.size()), out)) return;
      }
    } else {
      read_one(*value, key_, out);
    }
    if (out.size() != static_cast<std::size_t>(count))
      object_.refuse(key_, fmt::format("{} values", out.size()), fmt::format("{} values", count));
  }

 private:
  void read_object(const Json& value, std::vector<double>& out) {
    StrictObject matrix(value, fmt::format("{}.", key_), error_);
    std::int32_t format = format_.id;
    std::string digits;
    matrix.read_name("format", golden::kFormats, format);
    if (format != format_.id)
      matrix.refuse("format", golden::name_of(golden::kFormats, format), std::string(format_.name));
    matrix.require("bits");
    matrix.read("bits", digits);
    matrix.finish();
    if (matrix.failed()) return;
    const auto numbers = golden::parse_bits(digits, format_);
    if (!numbers) return matrix.fail("bits", numbers.error().message);
    out.reserve(numbers->size());
    for (const Number& number : *numbers) out.push_back(number.as_double());
  }

  bool read_one(const Json& value, const std::string& key, std::vector<double>& out) {
    if (value.is_number()) {
      out.push_back(rounded(Number(value.get<double>()), format_));
      return true;
    }
    const auto number = value.is_string() ? reference::parse_number(value.get_ref<const std::string&>())
                                          : Expected<Number>(reference::Error{""});
    if (!number) {
      object_.refuse(key, value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 60),
                     "a number, or text of a decimal, a fraction, a hexadecimal float, inf or nan");
      return false;
    }
    out.push_back(rounded(*number, format_));
    return true;
  }

  StrictObject& object_;
  const char* key_;
  const Format& format_;
  FirstError& error_;
};

Response refused(const std::string& why) {
  return {XENT_FAILED, {}, {}, "its answer is none: " + why};
}

}  // namespace

Asked asked_of(const std::string& id, const reference::Problem& problem,
               const xent_implementation& implementation) {
  Asked asked;
  asked.id = id;
  asked.losses = loss_count(problem);
  asked.loss_format = loss_format(problem, find_claim(implementation, problem));
  if (problem.wanted == reference::Wanted::gradient) asked.entries = problem.rows * problem.classes;
  asked.grad_format = problem.loss_format;
  return asked;
}

std::optional<std::string> id_of_answer(std::string_view line) {
  const auto json = parse(line);
  if (!json || !json->is_object()) return std::nullopt;
  const auto id = json->find("id");
  if (id == json->end() || !id->is_string()) return std::nullopt;
  return id->get<std::string>();
}

Response read_answer(std::string_view line, const Asked& asked) {
  const auto json = parse(line);
  if (!json) return refused(json.error().message);
  FirstError error;
  Response response;
  StrictObject object(*json, "", error);
  std::string id;
  object.require("id");
  object.read("id", id);
  if (!object.failed() && id != asked.id)
    object.refuse("id", "'" + id.substr(0, 60) + "'", "that of the case");
  object.read_name("status", golden::kCallStatuses, response.status);
  if (response.status == XENT_OK) {
    Values(object, "loss", reference::format(asked.loss_format), error).read(asked.losses, response.loss);
    if (asked.entries > 0)
      Values(object, "grad", reference::format(asked.grad_format), error).read(asked.entries, response.grad);
    object.finish();
  }
  return error ? refused(error->message) : response;
}

}  // namespace xent::properties
