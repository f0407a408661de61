#include "golden/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "golden/exact_text.h"

namespace xent::golden {
namespace {

constexpr int kDefaultDigits = 40;

// Significant digits shown by a decimal; 0 for inf and nan.
int shown_digits(std::string_view decimal) {
  decimal = decimal.substr(0, decimal.find('e'));
  int digits = 0;
  bool leading = true;
  for (const char c : decimal) {
    if (c < '0' || c > '9' || (leading && c == '0')) continue;
    leading = false;
    ++digits;
  }
  return digits;
}

// The end of an enclosure, or nothing if it is infinite.
bool above(const std::string& lower, const std::string& upper) {
  if (lower == "-inf" || upper == "inf") return false;
  const auto low = parse_dyadic(lower);
  const auto high = parse_dyadic(upper);
  return !low || !high || !at_most(*low, *high);
}

class Verifier {
 public:
  explicit Verifier(std::vector<Finding>& findings) : findings_(findings) {}

  void verify(const Case& c) {
    id_ = c.id;
    if (c.answers.empty()) return report("has no answer");
    int digits = 0;
    for (const Answer& stored : c.answers) digits = std::max(digits, shown_digits(stored.value));
    const auto answers = answer(c.problem, digits > 0 ? digits : kDefaultDigits);
    if (!answers) return report(answers.error().message);
    if (answers->size() != c.answers.size())
      return report(fmt::format("{} answers are stored; there are {}", c.answers.size(), answers->size()));
    for (std::size_t i = 0; i < answers->size(); ++i) {
      const std::string row = answers->size() == 1 ? "" : fmt::format("answer[{}].", i);
      compare(row, c.answers[i], (*answers)[i]);
    }
    if (!c.printed.empty()) compare_printed(c);
  }

 private:
  void report(const std::string& message) { findings_.push_back({id_, message}); }

  void same(const std::string& key, const std::string& stored, const std::string& certified) {
    if (stored != certified)
      report(fmt::format("{}: '{}' is stored; certified is '{}'", key, stored, certified));
  }

  void compare(const std::string& row, const Answer& stored, const Answer& certified) {
    same(row + "status", stored.status, certified.status);
    same(row + "value", stored.value, certified.value);
    for (const reference::Format& f : reference::formats())
      same(row + f.name, stored.to(f.name), certified.to(f.name));
    if (certified.lower.empty() || stored.lower.empty() || stored.upper.empty()) {
      same(row + "lower", stored.lower, certified.lower);
      same(row + "upper", stored.upper, certified.upper);
      return;
    }
    if (above(stored.lower, stored.upper))
      report(fmt::format("{}lower: {} is above upper {}", row, stored.lower, stored.upper));
    if (above(stored.lower, certified.upper) || above(certified.lower, stored.upper))
      report(fmt::format("{}lower, upper: [{}, {}] is stored; the value is in [{}, {}]", row, stored.lower,
                         stored.upper, certified.lower, certified.upper));
  }

  void compare_printed(const Case& c) {
    const auto answers = answer(c.problem, std::max(1, shown_digits(c.printed)));
    if (!answers || answers->size() != 1) return report("printed: accepted with a single answer only");
    same("printed", c.printed, answers->front().value);
  }

  std::vector<Finding>& findings_;
  std::string id_;
};

}  // namespace

std::vector<Finding> verify(const std::vector<Case>& cases) {
  std::vector<Finding> findings;
  Verifier verifier(findings);
  for (const Case& c : cases) verifier.verify(c);
  return findings;
}

}  // namespace xent::golden
