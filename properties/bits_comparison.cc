#include "properties/bits_comparison.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>

#include "properties/error.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

using reference::Certified;
using reference::Format;
using reference::Wanted;

// No theorem ends the refinement of derivatives of capped logits.
constexpr int kPrecision = 512;

// The patterns of a text of bits; nothing where something else came instead.
std::optional<std::vector<std::string>> patterns(const std::string& bits, std::size_t digits) {
  std::vector<std::string> found;
  std::istringstream words(bits);
  for (std::string word; words >> word;) {
    if (word.size() != digits || word.find_first_not_of("0123456789abcdef") != std::string::npos)
      return std::nullopt;
    found.push_back(word);
  }
  return found;
}

double ulps(const std::string& pattern, const Format& format, Certified& truth) {
  reference::Bits bits = 0;
  std::from_chars(pattern.data(), pattern.data() + pattern.size(), bits, 16);
  Measurement measurement;
  // Whether the distance is allowed is not asked. Of an infinity it matters whether the value rounds to it.
  compare(reference::decode(format, bits), truth, format, {Grade::ulp, 0}, 0, &measurement);
  return measurement.ulps;
}

std::string place(const Problem& p, std::size_t outputs, std::size_t i) {
  if (outputs == 1) return "loss";
  if (outputs == static_cast<std::size_t>(p.rows)) return fmt::format("row {}", i);
  const auto classes = static_cast<std::size_t>(p.classes);
  return fmt::format("entry ({}, {})", i / classes, i % classes);
}

class CaseComparer {
 public:
  CaseComparer(const AnsweredCase& before, const AnsweredCase& after)
      : before_(before), after_(after), changed_{after.id, "", {}} {}

  ChangedCase compared() {
    if (before_.line != after_.line) {
      changed_.reason = "another question";
      return changed_;
    }
    const Problem asked = trial_of_line(after_.line)->problem;
    add(asked, before_.bits, after_.bits);
    if (before_.loss == after_.loss || !changed_.reason.empty()) return changed_;
    Problem beside = asked;
    beside.wanted = Wanted::loss;
    beside.loss_format = format_of(after_.loss, asked.loss_format);
    add(beside, before_.loss, after_.loss);
    return changed_;
  }

 private:
  // Losses beside a gradient may be in a wider format than it is.
  static xent_format format_of(const std::string& bits, xent_format otherwise) {
    const std::size_t digits = bits.find(' ') == std::string::npos ? bits.size() : bits.find(' ');
    if (static_cast<int>(digits) == reference::format(otherwise).width / 4) return otherwise;
    return digits == 8 ? XENT_BINARY32 : XENT_BINARY64;
  }

  void add(const Problem& asked, const std::string& before, const std::string& after) {
    if (before == after) return;
    const Format& format = reference::format(asked.loss_format);
    const auto old_bits = patterns(before, static_cast<std::size_t>(format.width / 4));
    const auto new_bits = patterns(after, static_cast<std::size_t>(format.width / 4));
    auto truths = reference::certify(asked, kPrecision);
    if (!old_bits || !new_bits || !truths || old_bits->size() != truths->size() ||
        new_bits->size() != truths->size()) {
      changed_.reason = before + " -> " + after;
      return;
    }
    for (std::size_t i = 0; i < truths->size(); ++i) {
      const std::string& was = (*old_bits)[i];
      const std::string& is = (*new_bits)[i];
      if (was == is) continue;
      Certified& truth = (*truths)[i];
      changed_.outputs.push_back(
          {place(asked, truths->size(), i), was, is, ulps(was, format, truth), ulps(is, format, truth)});
    }
  }

  const AnsweredCase& before_;
  const AnsweredCase& after_;
  ChangedCase changed_;
};

bool same(const AnsweredCase& a, const AnsweredCase& b) {
  return a.bits == b.bits && a.loss == b.loss && a.line == b.line;
}

std::map<std::string, const AnsweredCase*> by_id(const GoldenBits& bits) {
  std::map<std::string, const AnsweredCase*> index;
  for (const AnsweredCase& answered : bits.cases) index[answered.id] = &answered;
  return index;
}

}  // namespace

BitsComparison compare(const GoldenBits& before, const GoldenBits& after) {
  BitsComparison result;
  const auto old_cases = by_id(before);
  const auto new_cases = by_id(after);
  for (const AnsweredCase& was : before.cases) {
    const auto found = new_cases.find(was.id);
    if (found == new_cases.end()) {
      result.changed.push_back({was.id, "no longer answered", {}});
    } else if (same(was, *found->second)) {
      ++result.same;
    } else {
      result.changed.push_back(CaseComparer(was, *found->second).compared());
    }
  }
  for (const AnsweredCase& is : after.cases) {
    if (!old_cases.contains(is.id)) result.changed.push_back({is.id, "was not answered", {}});
  }
  return result;
}

}  // namespace xent::properties
