#include "properties/cli/typed.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reference/decimal.h"

namespace xent::properties::cli {

using reference::Certified;
using reference::Exactness;
using reference::Number;

namespace {

// Digits of an enclosure's ends: as many as the value has, and a few to show the width.
constexpr int kExtraDigits = 5;

std::string status_of(const Certified& certified) {
  switch (certified.exactness().kind) {
    case Exactness::Kind::rational:
      return "exact";
    case Exactness::Kind::nan:
      return "nan";
    case Exactness::Kind::positive_infinity:
    case Exactness::Kind::negative_infinity:
      return "infinite";
    default:
      return "rounded";
  }
}

const char* meaning(const std::string& status) {
  if (status == "exact") return "exact: the value is this number";
  if (status == "rounded") return "rounded: to nearest, and every digit is proved";
  if (status == "undecided") return "undecided: the enclosure is too wide at the precision cap";
  return "by the conventions of the contract";
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" \t"));
  text.erase(text.find_last_not_of(" \t") + 1);
  return text;
}

}  // namespace

std::vector<Number> parse_list(const std::string& field, const std::string& text, Domain domain) {
  std::vector<Number> numbers;
  if (text.empty()) throw BadInput{field + ": is empty; accepted: one or more numbers separated by commas"};
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string entry = trimmed(text.substr(begin, comma - begin));
    const auto number = reference::parse_number(entry);
    if (!number) throw BadInput{fmt::format("{}[{}]: {}", field, numbers.size(), number.error().message)};
    if (domain == Domain::probabilities && !(number->is_finite() && number->sign() >= 0)) {
      throw BadInput{fmt::format("{}[{}]: {} is not accepted; accepted: finite probabilities >= 0", field,
                                 numbers.size(), entry)};
    }
    numbers.push_back(*number);
    if (static_cast<std::int64_t>(numbers.size()) > reference::kMaxElements) {
      throw BadInput{
          fmt::format("{}: more than {} numbers; accepted: fewer", field, reference::kMaxElements)};
    }
    begin = comma + 1;
  }
  return numbers;
}

Shown show(Certified& certified, int digits) {
  Shown shown;
  certified.settle();
  const auto decimal = certified.decimal(digits);
  for (const reference::Format& format : reference::formats()) {
    const auto rounded = certified.rounded(format);
    shown.formats.emplace_back(format.name, rounded ? reference::hexfloat(*rounded) : "undecided");
  }
  shown.status = decimal ? status_of(certified) : "undecided";
  shown.value = decimal.value_or("undecided");
  shown.precision_bits = certified.precision_bits();
  if (shown.status == "rounded" || shown.status == "undecided") {
    shown.lower = certified.enclosure().lower_decimal(digits + kExtraDigits);
    shown.upper = certified.enclosure().upper_decimal(digits + kExtraDigits);
  } else if (shown.status == "exact") {
    // A rational that ends within the digits is shown whole; 2/3 is bracketed by its neighbours.
    const reference::PrecisionScope scope(4 * digits + 64);
    const reference::Enclosure value(certified.exactness().value);
    const bool whole = reference::parse_number(shown.value)->rational() == certified.exactness().value;
    shown.lower = whole ? shown.value : value.lower_decimal(digits + kExtraDigits);
    shown.upper = whole ? shown.value : value.upper_decimal(digits + kExtraDigits);
  } else {
    shown.lower = shown.upper = shown.value;
  }
  return shown;
}

std::string as_text(const Shown& shown, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes) {
  std::string text =
      fmt::format("{}\n  {}, in {}\n  {}\n", shown.value, formula, unit, meaning(shown.status));
  text += fmt::format("  lower      {}\n  upper      {}\n", shown.lower, shown.upper);
  if (shown.precision_bits > 0) text += fmt::format("  precision  {} bits\n", shown.precision_bits);
  for (const auto& [name, bits] : shown.formats) text += fmt::format("  {:<10} {}\n", name, bits);
  for (const std::string& note : notes) text += "  note: " + note + "\n";
  return text;
}

namespace {

nlohmann::ordered_json certificate(const Shown& shown) {
  nlohmann::ordered_json json = {{"value", shown.value},
                                 {"status", shown.status},
                                 {"lower", shown.lower},
                                 {"upper", shown.upper},
                                 {"precision_bits", shown.precision_bits}};
  for (const auto& [name, bits] : shown.formats) json[name] = bits;
  return json;
}

std::string described(nlohmann::ordered_json json, const std::string& formula, const std::string& unit,
                      const std::vector<std::string>& notes) {
  json["formula"] = formula;
  json["unit"] = unit;
  json["notes"] = notes;
  return json.dump(2) + "\n";
}

}  // namespace

std::string as_json(const Shown& shown, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes) {
  return described(certificate(shown), formula, unit, notes);
}

std::string as_text(const std::vector<Shown>& values, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes) {
  std::string text;
  for (const Shown& shown : values) text += shown.value + "\n";
  text += fmt::format("  {}, in {}; certificates: --json\n", formula, unit);
  for (const std::string& note : notes) text += "  note: " + note + "\n";
  return text;
}

std::string as_json(const std::vector<Shown>& values, const std::string& formula, const std::string& unit,
                    const std::vector<std::string>& notes) {
  auto list = nlohmann::ordered_json::array();
  for (const Shown& shown : values) list.push_back(certificate(shown));
  return described({{"values", std::move(list)}}, formula, unit, notes);
}

}  // namespace xent::properties::cli
