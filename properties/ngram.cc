#include "properties/ngram.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>

namespace xent::properties {
namespace {

// A char may be signed: the byte 0xff is class 255, not -1.
std::uint64_t byte_at(std::string_view text, std::size_t position) {
  return static_cast<unsigned char>(text[position]);
}

// All grams of `length` bytes, in the order of their value.
std::vector<std::uint64_t> sorted_grams(std::string_view text, std::size_t length) {
  std::vector<std::uint64_t> grams;
  if (text.size() < length) return grams;
  grams.reserve(text.size() - length + 1);
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - 8 * length);
  std::uint64_t gram = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    gram = (gram << 8 | byte_at(text, i)) & mask;
    if (i + 1 >= length) grams.push_back(gram);
  }
  std::ranges::sort(grams);
  return grams;
}

}  // namespace

reference::Expected<NgramModel> NgramModel::train(std::string_view text, int order) {
  if (order < 1 || order > kMaxNgramOrder) {
    return reference::refused("order", std::to_string(order),
                              "a number of bytes from 1 to " + std::to_string(kMaxNgramOrder));
  }
  NgramModel model;
  for (std::size_t length = 1; length <= static_cast<std::size_t>(order); ++length) {
    std::vector<GramCount>& counts = model.grams_.emplace_back();
    for (const std::uint64_t gram : sorted_grams(text, length)) {
      if (counts.empty() || counts.back().gram != gram) counts.push_back({gram, 0});
      ++counts.back().count;
    }
    counts.shrink_to_fit();
  }
  return model;
}

// Error. The counts are integers below 2^53, so n, T and N + T are exact, and every term is positive. Let the
// value before a level be P(c | h') times m factors (1 + d), |d| <= u. Multiplying by T adds one factor to
// it; adding n >= 0, one more to the sum, whose terms then carry at most m + 2; dividing, a third. The start
// is exact, so after `order` levels there are at most 3 order factors, and their product is 1 + theta with
// |theta| <= gamma(3 order): Higham, "Accuracy and Stability of Numerical Algorithms", 2002, lemma 3.1.
//
// Bounds. If p <= 1 before a level, T p <= T and n + T p <= N + T hold for the rounded values too, rounding
// being monotonic. A level divides by less than 2^53, so p >= 2^-8 2^-(53 * 8) = 2^-432: no underflow.
void NgramModel::probabilities(std::string_view context, std::span<double, kByteClasses> p) const {
  std::ranges::fill(p, 1.0 / double{kByteClasses});
  std::uint64_t packed = 0;  // the last `length` bytes of the context
  for (std::size_t length = 0; length < grams_.size() && length <= context.size(); ++length) {
    if (length > 0) packed |= byte_at(context, context.size() - length) << (8 * (length - 1));
    const std::vector<GramCount>& grams = grams_[length];
    const auto first = std::ranges::lower_bound(grams, packed << 8, {}, &GramCount::gram);
    auto last = first;
    std::int64_t total = 0;  // N(h)
    for (; last != grams.end() && last->gram >> 8 == packed; ++last) total += last->count;
    if (total == 0) break;                       // longer contexts end in this one: unseen too
    const std::int64_t distinct = last - first;  // T(h)
    for (double& q : p) q *= static_cast<double>(distinct);
    for (auto it = first; it != last; ++it) p[it->gram & 0xff] += static_cast<double>(it->count);
    for (double& q : p) q /= static_cast<double>(total + distinct);
  }
}

void NgramModel::logits(std::string_view context, std::span<float, kByteClasses> x) const {
  std::array<double, kByteClasses> p;
  probabilities(context, p);
  std::ranges::transform(p, x.begin(), [](double q) { return static_cast<float>(std::log(q)); });
}

reference::Expected<TextSplit> split(std::string_view text) {
  if (text.size() < 10) {
    return reference::refused("text", std::to_string(text.size()) + " bytes", "at least 10 bytes");
  }
  const std::size_t train = text.size() - text.size() / 10;
  return TextSplit{text.substr(0, train), text.substr(train)};
}

LanguageModelRows rows_of(const NgramModel& model, std::string_view text, std::int64_t begin,
                          std::int64_t count) {
  assert(begin >= 0 && begin <= static_cast<std::int64_t>(text.size()) && count >= 0);
  const auto first = static_cast<std::size_t>(begin);
  const std::size_t rows = std::min(static_cast<std::size_t>(count), text.size() - first);
  LanguageModelRows result{std::vector<float>(rows * kByteClasses), {}, static_cast<std::int64_t>(rows)};
  result.targets.reserve(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    model.logits(text.substr(0, first + r),
                 std::span<float, kByteClasses>(result.logits.data() + r * kByteClasses, kByteClasses));
    result.targets.push_back(static_cast<std::int32_t>(byte_at(text, first + r)));
  }
  return result;
}

}  // namespace xent::properties
