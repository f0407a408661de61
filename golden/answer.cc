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

std::string rounded(Certified& value, xent_format format) {
  const auto nearest = value.rounded(reference::format(format));
  return nearest ? reference::hexfloat(*nearest) : "";
}

Answer answer_of(Certified& value, int digits) {
  Answer answer;
  value.settle();
  answer.value = value.decimal(digits).value_or("");
  answer.binary16 = rounded(value, XENT_BINARY16);
  answer.bfloat16 = rounded(value, XENT_BFLOAT16);
  answer.binary32 = rounded(value, XENT_BINARY32);
  answer.binary64 = rounded(value, XENT_BINARY64);
  answer.status = status_of(value.exactness());
  for (const std::string* part :
       {&answer.value, &answer.binary16, &answer.bfloat16, &answer.binary32, &answer.binary64}) {
    if (part->empty()) answer.status = "undecided";
  }
  if (!value.exactness().is_special()) {
    answer.lower = value.enclosure().lower_hex();
    answer.upper = value.enclosure().upper_hex();
  }
  answer.precision_bits = value.precision_bits();
  return answer;
}

}  // namespace

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
