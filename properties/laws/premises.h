// What laws ask of their inputs before they judge.
#ifndef XENT_PROPERTIES_LAWS_PREMISES_H
#define XENT_PROPERTIES_LAWS_PREMISES_H

#include <functional>
#include <optional>

#include "properties/bounds.h"
#include "properties/error.h"
#include "properties/generators.h"
#include "properties/law.h"

namespace xent::properties {

// Why the trial cannot be put to the subject at all: malformed, not declared, not representable in its
// formats, or under other conventions than its own. Every law asks this first.
std::optional<Outcome> inadmissible(const Subject& subject, const Trial& trial);
// The same under any conventions, which it may refuse.
std::optional<Outcome> inadmissible_by_any(const Subject& subject, const Trial& trial);

// Claims by what they are about.
bool has_logits_and_targets(const xent_claim& claim);  // softmax cross-entropy with hard labels
// Whether the mean over equal rows is the loss of one.
bool averages_rows(const xent_conventions& conventions);
// Whether one can ask for the loss of a single row: unreduced, or as the sum or mean over that row alone.
bool has_row_losses(const xent_claim& claim, const xent_conventions& conventions);
// Whether each value that the problem asks for is the loss of a row.
bool asks_for_rows(const Problem& problem);
// Whether these are losses of softmax cross-entropy with hard labels, and there are some.
bool asks_for_label_losses(const Problem& problem);
bool is_loss(const xent_claim& claim, const char* name);
// Whether some input format can say that a class is masked: E4M3 has no infinities.
bool takes_masked_logits(const xent_claim& claim);
// The entropy, cross-entropy or divergence of rows of probabilities, which are taken as they are given.
bool has_distribution_rows(const xent_claim& claim, const xent_implementation& implementation);
// Whether that is what the problem asks for, in nats.
bool asks_for_distributions(const Problem& problem);

inline bool asks_for_gradient(const Problem& problem) {
  return problem.wanted == reference::Wanted::gradient;
}

// Logits are finite or masked, and every target's logit is finite.
bool is_regular(const Problem& problem);
// Every probability that counts is at most 1.
bool is_at_most_one(const Problem& problem);
// The entries of the row sum to exactly 1.
bool is_normalised(std::span<const Number> row);
// The number is a float of the format.
bool is_representable(const Number& value, const Format& format);

// A softmax cross-entropy problem with hard labels: 1 to 3 rows of any regime, at most `most` classes.
Trial softmax_trial(Random& random, const xent_claim& claim, std::int64_t most);
// The same with `regime` given.
Trial softmax_trial(Random& random, const xent_claim& claim, Regime regime, std::int64_t most);
// A problem about the claim's loss, of any regime that fits, with options.
Trial any_trial(Random& random, const xent_claim& claim, std::int64_t most);

// The same, or its gradient where the claim has one.
Trial any_question(Random& random, const xent_claim& claim, std::int64_t most);

// Chooses options of the set `allowed` with which each value that the problem asks for is still the loss of a
// row: none is ignored, and of a reduced problem the first row is left. Domain: the problem is trial_of's or
// softmax_trial's for the claim.
void choose_row_options(Random& random, const xent_claim& claim, std::uint32_t allowed, Problem& problem);
// Options that map logits, and all others.
inline constexpr std::uint32_t kMapOptions =
    XENT_BIT(XENT_OPTION_TEMPERATURE) | XENT_BIT(XENT_OPTION_SCALE) | XENT_BIT(XENT_OPTION_SOFTCAP);
inline constexpr std::uint32_t kAllOptions = ~std::uint32_t{0};

// Rows of probabilities, whatever else the claim takes, of at most `most` classes. Domain:
// has_distribution_rows.
Trial distribution_trial(Random& random, const xent_claim& claim, Regime regime, std::int64_t rows,
                         std::int64_t most);

// A problem whose gradient is asked for: softmax cross-entropy, log-sum-exp or a sequence of logits, at most
// `most` classes, with options. Domain: has_gradient(claim).
Trial gradient_trial(Random& random, const xent_claim& claim, std::int64_t most);

// Whether gradients are declared, and certified.
bool has_gradient(const xent_claim& claim);

// With respect to logits.
bool has_logit_gradient(const xent_claim& claim);
// No weights, smoothing, maps, z-loss, base, ignored rows or upstream factors.
bool is_plain(const Problem& problem);
// Whether a mass may meet a masked class and count nothing there, by convention; a hard label is infinite.
bool spares_masked(const Problem& problem);
// The same but for maps of logits.
bool has_maps_only(const Problem& problem);
// No weight of classes or rows is negative, or NaN.
bool weighs_positively(const Problem& problem);
// No map of logits, no z-loss, no base.
bool is_unmapped(const Problem& problem);
// asks_for_label_losses, of one row without options and with a label whose logit is finite.
bool is_plain_row(const Problem& problem);

// pass, or the first pair of results, of which the infinite ones are overflows of the format, that differs by
// more than its allowance. `what` begins the message.
Outcome all_agree(std::span<const double> a, std::span<const double> b, std::span<const double> allowance,
                  const Format& format, const std::string& what);

// p with `count` masked classes before class `at` of every row.
Problem with_masked(const Problem& problem, std::int64_t at, std::int64_t count);
// p with these rows only, and those of `from` to `to`.
Problem rows_of(const Problem& problem, std::span<const std::int64_t> rows);
Problem rows_of(const Problem& problem, std::int64_t from, std::int64_t to);

// error_bounds of a problem by the claim that covers it: two problems may be answered under different claims.
std::vector<double> bounds_of(const Subject& subject, const Problem& problem);
// Those of the loss beside a gradient, which is judged by the gradient's claim.
std::vector<double> bounds_beside(const Subject& subject, const Problem& problem);
// measured_in, likewise: where answers to the problem overflow.
Format measured_in(const Subject& subject, const Problem& problem);

// An answered value that is not finite: inadmissible where that is right, since nothing can be said of it,
// otherwise the failure that it is. Domain: inadmissible() let the problem pass.
std::optional<Outcome> not_finite(const Subject& subject, const Problem& problem, std::size_t output,
                                  double value);

// What `judge` makes of each row: its number, the finite value that is answered for it, and its bound. pass,
// or the first outcome that is none. Under a PrecisionScope of kJudgePrecision. Domain:
// asks_for_rows(problem).
using RowJudge = std::function<Outcome(std::int64_t row, double value, double bound)>;
Outcome judged_by_row(const Subject& subject, const Problem& problem, const RowJudge& judge);

// The layout as far as the claim has such: of targets, and of the classes of a row.
Layout as_declared(Layout layout, const Problem& problem, const xent_claim& claim);
// What the problem wants, and the loss beside a gradient, against those of another layout: the same bits if
// declared, else within twice the bound. `where` begins the message.
Outcome same_in_layout(const Subject& subject, const Problem& problem, const Response& other,
                       const Layout& layout, const std::string& where);

// The sum of a few bounds, enlarged to stay an upper bound.
double sum_of(std::span<const double> bounds);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_LAWS_PREMISES_H
