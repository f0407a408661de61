// What is computed in parts is what is computed at once: a vocabulary split over devices, a sequence split
// into micro-batches. The parts are certified one by one and merged in intervals by the rule that such
// systems use.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "reference/certify.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

constexpr int kRounds = 60;
constexpr int kShardBits = 200;
constexpr int kSameBits = 180;  // less what merging a few dozen intervals of 200 bits widens

Number logit(std::mt19937_64& random) {
  if (random() % 8 == 0) return Number(-HUGE_VAL);
  return Number(std::ldexp(static_cast<double>(random() % 4096) - 2048, static_cast<int>(random() % 12) - 8));
}

Problem of_logits(const char* loss, std::vector<Number> logits) {
  Problem p;
  p.loss = loss;
  p.rows = 1;
  p.classes = static_cast<std::int64_t>(logits.size());
  p.input = std::move(logits);
  return p;
}

// Ends of parts of [0, size): 0, ..., size, at least two parts, none empty.
std::vector<std::size_t> cuts(std::mt19937_64& random, std::size_t size) {
  std::vector<std::size_t> inner(size - 1);
  std::iota(inner.begin(), inner.end(), std::size_t{1});
  std::shuffle(inner.begin(), inner.end(), random);
  inner.resize(1 + random() % std::min<std::size_t>(inner.size(), 5));
  inner.insert(inner.end(), {0, size});
  std::sort(inner.begin(), inner.end());
  return inner;
}

std::vector<Number> part(const std::vector<Number>& x, std::size_t begin, std::size_t end) {
  return {x.begin() + static_cast<std::ptrdiff_t>(begin), x.begin() + static_cast<std::ptrdiff_t>(end)};
}

bool is_masked(const std::vector<Number>& x) {
  return std::none_of(x.begin(), x.end(), [](const Number& v) { return v.is_finite(); });
}

void expect_same(const Enclosure& merged, const Enclosure& whole, const char* what) {
  if (merged.is_point() && whole.is_point() && merged.contains(0)) {
    EXPECT_TRUE(whole.contains(0)) << what;
    return;
  }
  EXPECT_LT(Enclosure::hull(merged, whole).relative_width_exponent(), -kSameBits)
      << what << ": " << merged.lower_decimal(30) << ", " << whole.lower_decimal(30);
}

// A row of logits in shards, each of which knows its own logits alone.
class Sharded {
 public:
  Sharded(const std::vector<Number>& logits, const std::vector<std::size_t>& ends) {
    for (std::size_t s = 0; s + 1 < ends.size(); ++s) shards_.push_back(part(logits, ends[s], ends[s + 1]));
    for (const auto& shard : shards_) lse_.push_back(certified_lse(shard));
    // (maximum, sum): every shard's lse relative to the largest one.
    const std::size_t top = largest();
    Enclosure sum;
    for (std::size_t s = 0; s < shards_.size(); ++s) {
      if (!is_masked(shards_[s])) sum += exp(lse_[s] - lse_[top]);
    }
    merged_ = lse_[top] + log(sum);
  }

  const Enclosure& lse() const { return merged_; }
  // Softmax of all classes: each shard's own, scaled by its share of the whole.
  std::vector<Enclosure> softmax() const {
    std::vector<Enclosure> all;
    for (std::size_t s = 0; s < shards_.size(); ++s) {
      if (is_masked(shards_[s])) {
        all.insert(all.end(), shards_[s].size(), Enclosure());
        continue;
      }
      const Enclosure share = exp(lse_[s] - merged_);
      for (Certified& p : certified(of_logits("softmax", shards_[s])))
        all.push_back(p.enclosure(kShardBits) * share);
    }
    return all;
  }

 private:
  static Enclosure certified_lse(const std::vector<Number>& shard) {
    if (is_masked(shard)) return {};  // -inf: not used
    return certified(of_logits("log_sum_exp", shard)).front().enclosure(kShardBits + 20);
  }
  std::size_t largest() const {
    std::size_t top = shards_.size();
    for (std::size_t s = 0; s < shards_.size(); ++s) {
      if (is_masked(shards_[s])) continue;
      if (top == shards_.size() || lse_[top].upper_double() < lse_[s].upper_double()) top = s;
    }
    return top;
  }

  std::vector<std::vector<Number>> shards_;
  std::vector<Enclosure> lse_;
  Enclosure merged_;
};

TEST(Shards, OfAVocabularyMergeToTheWhole) {
  std::mt19937_64 random(kSeed);
  const PrecisionScope scope(2 * kShardBits);
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t classes = 2 + random() % 30;
    auto x = several(static_cast<std::int64_t>(classes), [&] { return logit(random); });
    x[random() % classes] = Number(0.25);
    const Sharded sharded(x, cuts(random, classes));
    expect_same(sharded.lse(), certified(of_logits("log_sum_exp", x)).front().enclosure(kShardBits), "lse");
    const auto softmax = sharded.softmax();
    Problem p = of_logits("softmax_cross_entropy", x);
    // The target on every shard in turn. Its loss is a difference, whose digits cancel where it is confident.
    for (std::size_t t = 0; t < classes; ++t) {
      p.targets = {static_cast<std::int64_t>(t)};
      p.wanted = Wanted::loss;
      if (!x[t].is_finite()) continue;
      const Enclosure loss = certified(p).front().enclosure(kShardBits);
      EXPECT_FALSE((sharded.lse() - Enclosure(x[t]) - loss).lower_double() > 0);
      EXPECT_FALSE((sharded.lse() - Enclosure(x[t]) - loss).upper_double() < 0);
      p.wanted = Wanted::gradient;
      auto gradient = certified(p);
      for (std::size_t c = 0; c < classes; ++c) {
        if (c != t) expect_same(softmax[c], gradient[c].enclosure(kShardBits), "gradient");
      }
    }
  }
}

// n tokens in groups of any sizes: the mean is that of the groups weighted by their tokens, never the mean of
// the groups' means, and perplexity is its power.
TEST(Shards, OfASequenceMergeByTheirTokens) {
  std::mt19937_64 random(kSeed);
  const PrecisionScope scope(2 * kShardBits);
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t tokens = 2 + random() % 12;
    const auto q = several(static_cast<std::int64_t>(tokens),
                           [&] { return Number(Rational(1 + static_cast<long>(random() % 97), 98)); });
    const auto steps = [](const char* loss, std::vector<Number> of_step) {
      Problem p;
      p.loss = loss;
      p.rows = static_cast<std::int64_t>(of_step.size());
      p.classes = 1;
      p.input_space = XENT_PROBABILITIES;
      p.input = std::move(of_step);
      p.targets.assign(static_cast<std::size_t>(p.rows), 0);
      p.reduction = XENT_MEAN;
      return certified(p).front().enclosure(kShardBits + 20);
    };
    const auto ends = cuts(random, tokens);
    Enclosure total;
    for (std::size_t g = 0; g + 1 < ends.size(); ++g) {
      const auto count = static_cast<long>(ends[g + 1] - ends[g]);
      total += Enclosure(count) * steps("sequence", part(q, ends[g], ends[g + 1]));
    }
    const Enclosure mean = total / Enclosure(static_cast<long>(tokens));
    expect_same(mean, steps("sequence", q), "sequence");
    expect_same(exp(mean), steps("perplexity", q), "perplexity");
  }
}

}  // namespace
}  // namespace xent::reference
