#include <cassert>

#include "golden/case.h"

namespace xent::golden {

using reference::Certified;
using reference::Exactness;
using reference::Expected;
using reference::Problem;

namespace {

const char* status_of(const Exactness& exactness) {
  switch (exactness.kind) {
    case Exactness::Kind::rational:
      return "exact";
    case Exactness::Kind::positive_infinity:
    case Exactness::Kind::negative_infinity:
      return "infinite";
    case Exactness::Kind::nan:
      return "nan";
    default:
      return "rounded";
  }
}

Answer answer_of(Certified& value, int digits) {
  Answer answer;
  value.settle();
  answer.value = value.decimal(digits).value_or("");
  for (const reference::Format& format : reference::formats()) {
    if (const auto nearest = value.rounded(format))
      answer.rounded[format.name] = reference::hexfloat(*nearest);
  }
  const bool decided = !answer.value.empty() && answer.rounded.size() == reference::formats().size();
  answer.status = decided ? status_of(value.exactness()) : "undecided";
  if (!value.exactness().is_special()) {
    answer.lower = value.enclosure().lower_hex();
    answer.upper = value.enclosure().upper_hex();
  }
  answer.precision_bits = value.precision_bits();
  return answer;
}

}  // namespace

std::string Answer::to(std::string_view format) const {
  const auto found = rounded.find(format);
  return found == rounded.end() ? "" : found->second;
}

Expected<std::vector<Answer>> answer(const Problem& problem, int digits) {
  assert(digits >= 1);
  auto values = reference::certify(problem);
  if (!values) return values.error();
  std::vector<Answer> answers;
  answers.reserve(values->size());
  for (Certified& value : *values) answers.push_back(answer_of(value, digits));
  return answers;
}

}  // namespace xent::golden
