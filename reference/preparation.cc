#include "reference/preparation.h"

#include <algorithm>
#include <limits>

namespace xent::reference {
namespace {

bool has(std::uint32_t set, unsigned member) {
  return (set & XENT_BIT(member)) != 0;
}

bool normalises(const xent_conventions& conventions, Prepared which) {
  return has(conventions.normalise, which == Prepared::input ? XENT_NORMALISE_INPUT : XENT_NORMALISE_TARGETS);
}

bool clips(const xent_conventions& conventions, Prepared which) {
  return conventions.clip != 0 &&
         (which == Prepared::input || has(conventions.clip_rules, XENT_CLIP_TARGETS));
}

Rational clipped(const Rational& q, const xent_conventions& conventions) {
  const Rational least(conventions.clip);
  const Rational most = has(conventions.clip_rules, XENT_CLIP_UP_TO_ONE) ? Rational(1) : Rational(1 - least);
  return std::clamp(q, least, most);
}

void clip(std::vector<Number>& row, const xent_conventions& conventions) {
  for (Number& q : row) {
    if (!q.is_nan()) q = Number(clipped(q.rational(), conventions));
  }
}

void normalise(std::vector<Number>& row) {
  if (std::any_of(row.begin(), row.end(), [](const Number& q) { return q.is_nan(); })) return;
  const Rational total = sum(row);
  for (Number& q : row)
    q = total == 0 ? Number(std::numeric_limits<double>::quiet_NaN())
                   : Number(Rational(q.rational() / total));
}

}  // namespace

bool prepares(const xent_conventions& conventions, Prepared which) {
  return clips(conventions, which) || normalises(conventions, which);
}

std::vector<Number> prepared(std::span<const Number> row, const xent_conventions& conventions,
                             Prepared which) {
  std::vector<Number> result(row.begin(), row.end());
  const bool clips_first = has(conventions.clip_rules, XENT_CLIP_FIRST);
  if (clips(conventions, which) && clips_first) clip(result, conventions);
  if (normalises(conventions, which)) normalise(result);
  if (clips(conventions, which) && !clips_first) clip(result, conventions);
  return result;
}

// With m_c 1 inside the clip and 0 outside, g the derivatives by the prepared row and e = g times it:
//   clip(q / S):  (m_j g_j - sum m_c e_c) / S        clip(q) / S:  m_j (g_j - sum e_c) / S
std::vector<LogForm> before_preparation(const Row& row, Prepared which, std::vector<LogForm> derivatives,
                                        const std::function<LogForm(std::size_t)>& elasticity) {
  const xent_conventions& conventions = row.problem().conventions;
  if (row.problem().input_space != XENT_PROBABILITIES || !prepares(conventions, which)) return derivatives;
  const auto given = which == Prepared::input ? row.given_input() : row.given_target_probs();
  const bool is_clipped = clips(conventions, which);
  const bool clips_first = has(conventions.clip_rules, XENT_CLIP_FIRST);
  std::vector<Number> divided(given.begin(), given.end());
  if (is_clipped && clips_first) clip(divided, conventions);
  const bool divides = normalises(conventions, which);
  const Rational divisor = divides ? sum(divided) : Rational(1);
  std::vector<bool> moves(divided.size());
  LogForm common;
  for (std::size_t c = 0; c < divided.size(); ++c) {
    const Rational q = given[c].rational() / (clips_first ? Rational(1) : divisor);
    moves[c] = !is_clipped || clipped(q, conventions) == q;
    if (divides && (moves[c] || clips_first)) common.add(1, elasticity(c));
  }
  common.share();
  std::vector<LogForm> forms(divided.size());
  for (std::size_t c = 0; c < divided.size(); ++c) {
    if (moves[c]) forms[c].add(1 / divisor, std::move(derivatives[c]));
    if (moves[c] || !clips_first) forms[c].add(-1 / divisor, common);
  }
  return forms;
}

}  // namespace xent::reference
