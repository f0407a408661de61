#include "reference/coprime_base.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "reference/testing.h"

namespace xent::reference {
namespace {

// Numbers that share many factors: products of few powers of few primes.
Rational random_smooth(std::mt19937_64& random) {
  Rational value = 1;
  for (const int prime : {2, 3, 5, 7, 11, 13}) {
    const int power = static_cast<int>(random() % 7) - 3;
    for (int i = 0; i < std::abs(power); ++i)
      value = power > 0 ? Rational(value * prime) : Rational(value / prime);
  }
  return value;
}

// The exponent of a prime in a rational, by repeated division.
int exponent_of(int prime, const Rational& value) {
  Integer num = numerator(value);
  Integer den = denominator(value);
  int exponent = 0;
  for (; num % prime == 0; num /= prime) ++exponent;
  for (; den % prime == 0; den /= prime) --exponent;
  return exponent;
}

// What prod q_i^{c_i} is, by factoring into primes: the exponents of 2, 3, 5, 7, 11, 13.
std::vector<Rational> brute_force(const std::vector<LogTerm>& terms) {
  std::vector<Rational> exponents;
  for (const int prime : {2, 3, 5, 7, 11, 13}) {
    Rational total = 0;
    for (const LogTerm& term : terms) total += term.coefficient * exponent_of(prime, term.argument);
    exponents.push_back(total);
  }
  return exponents;
}

std::vector<LogTerm> random_terms(std::mt19937_64& random) {
  std::vector<LogTerm> terms;
  const auto count = 1 + random() % 6;
  for (std::uint64_t i = 0; i < count; ++i) {
    terms.push_back(
        {q(static_cast<long>(random() % 9) - 4, 1 + static_cast<long>(random() % 4)), random_smooth(random)});
  }
  return terms;
}

TEST(CoprimeBase, IsPairwiseCoprimeWithoutPowersAndGeneratesTheArguments) {
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 500; ++round) {
    std::vector<LogTerm> terms = random_terms(random);
    if (round % 2 == 0)
      terms.push_back({1, Rational(Integer(1 + random() % 1000000), Integer(1 + random() % 1000))});
    const auto base = coprime_base(terms);
    for (std::size_t i = 0; i < base.size(); ++i) {
      ASSERT_GT(base[i], 1);
      ASSERT_EQ(mpz_perfect_power_p(base[i].backend().data()), 0) << base[i];
      for (std::size_t j = 0; j < i; ++j) ASSERT_EQ(gcd(base[i], base[j]), 1) << base[i] << " " << base[j];
    }
    for (const LogTerm& term : terms) {
      for (Integer part : {Integer(numerator(term.argument)), Integer(denominator(term.argument))}) {
        for (const Integer& member : base) {
          while (part % member == 0) part /= member;
        }
        ASSERT_EQ(part, 1) << term.argument;
      }
    }
  }
}

TEST(CoprimeBase, OfPowersIsTheirRoot) {
  const LogTerm terms[] = {{1, q(64)}, {1, q(1, 16)}, {1, q(4)}};
  EXPECT_EQ(coprime_base(terms), std::vector<Integer>{2});
  const LogTerm six[] = {{1, q(36)}, {1, q(1, 216)}};
  EXPECT_EQ(coprime_base(six), std::vector<Integer>{6});
  auto split = coprime_base(std::vector<LogTerm>{{1, q(36)}, {1, q(48)}});
  std::sort(split.begin(), split.end());
  EXPECT_EQ(split, (std::vector<Integer>{2, 3}));
  EXPECT_TRUE(coprime_base(std::vector<LogTerm>{{1, q(1)}}).empty());
  EXPECT_TRUE(coprime_base({}).empty());
}

TEST(CoprimeBase, RootsOfHugePowersAreFound) {
  const Integer ten = boost::multiprecision::pow(Integer(10), 20000U);
  EXPECT_EQ(coprime_base(std::vector<LogTerm>{{1, Rational(Integer(1), ten)}}), std::vector<Integer>{10});
  const Integer prime_power = boost::multiprecision::pow(Integer(3), 20011U);
  EXPECT_EQ(coprime_base(std::vector<LogTerm>{{1, Rational(prime_power)}}), std::vector<Integer>{3});
  const Integer big = boost::multiprecision::pow((Integer(1) << 607) - 1, 30U);
  EXPECT_EQ(coprime_base(std::vector<LogTerm>{{1, Rational(big)}}),
            std::vector<Integer>{(Integer(1) << 607) - 1});
}

TEST(IsZero, FindsIdentitiesOfLogarithms) {
  EXPECT_TRUE(is_zero({}));
  EXPECT_TRUE(is_zero(std::vector<LogTerm>{{1, q(1)}}));
  EXPECT_TRUE(is_zero(std::vector<LogTerm>{{1, q(6)}, {-1, q(2)}, {-1, q(3)}}));
  EXPECT_TRUE(is_zero(std::vector<LogTerm>{{q(1, 2), q(4)}, {-1, q(2)}}));
  EXPECT_TRUE(is_zero(std::vector<LogTerm>{{2, q(2)}, {q(4, 4), q(1, 4)}}));
  EXPECT_TRUE(is_zero(std::vector<LogTerm>{{q(1, 3), q(143, 187)}, {q(1, 3), q(17)}, {q(-1, 3), q(13)}}));
  EXPECT_FALSE(is_zero(std::vector<LogTerm>{{1, q(2)}}));
  EXPECT_FALSE(is_zero(std::vector<LogTerm>{{1, q(121, 169)}}));
  EXPECT_FALSE(is_zero(std::vector<LogTerm>{{1, q(6)}, {-1, q(2)}, {-1, q(9)}}));
  // 2^19 and 3^12 differ by 1.4 %, and the Pythagorean comma is not 0.
  EXPECT_FALSE(is_zero(std::vector<LogTerm>{{19, q(2)}, {-12, q(3)}}));
}

TEST(LogRatio, FindsRationalLogarithms) {
  const auto ratio = [](const Rational& argument, const Rational& base) {
    return log_ratio(std::vector<LogTerm>{{1, argument}}, base);
  };
  EXPECT_EQ(ratio(q(4), q(8)), q(2, 3));
  EXPECT_EQ(ratio(q(1, 1000), q(10)), q(-3));
  EXPECT_EQ(ratio(q(8), q(1, 2)), q(-3));
  EXPECT_EQ(ratio(q(9, 4), q(2, 3)), q(-2));
  EXPECT_EQ(ratio(q(27, 8), q(9, 4)), q(3, 2));
  EXPECT_EQ(ratio(q(1), q(7)), q(0));
  EXPECT_EQ(log_ratio({}, q(7)), q(0));
  EXPECT_EQ(ratio(q(121), q(11)), q(2));
  EXPECT_EQ(ratio(q(3), q(2)), std::nullopt);
  EXPECT_EQ(ratio(q(2), q(6)), std::nullopt);
  EXPECT_EQ(ratio(q(12), q(6)), std::nullopt);
  EXPECT_EQ(ratio(q(13), q(11)), std::nullopt);
  EXPECT_EQ(ratio(q(143), q(11)), std::nullopt);
  EXPECT_EQ(ratio(q(11), q(143)), std::nullopt);
  EXPECT_EQ(log_ratio(std::vector<LogTerm>{{1, q(20)}, {-1, q(2)}}, q(100)), q(1, 2));
}

TEST(PowerProduct, FindsRationalPowers) {
  const auto product = [](const std::vector<LogTerm>& terms) { return power_product(terms); };
  EXPECT_EQ(product({}).value, q(1));
  EXPECT_EQ(product({{q(-1, 2), q(1, 8)}, {q(-1, 2), q(1, 2)}}).value, q(4));
  EXPECT_EQ(product({{q(1, 2), q(4, 9)}}).value, q(2, 3));
  EXPECT_EQ(product({{q(1, 2), q(2)}, {q(1, 2), q(18)}}).value, q(6));
  EXPECT_EQ(product({{q(1, 3), q(121)}, {q(1, 3), q(11)}}).value, q(11));
  EXPECT_EQ(product({{-2, q(3, 5)}}).value, q(25, 9));
  EXPECT_FALSE(product({{q(1, 2), q(2)}}).is_rational);
  EXPECT_FALSE(product({{q(1, 2), q(11)}}).is_rational);
  EXPECT_FALSE(product({{q(1, 2), q(6)}, {q(1, 2), q(2)}}).is_rational);
  EXPECT_FALSE(product({{q(1, 3), q(12)}}).is_rational);
}

TEST(PowerProduct, ThatIsTooLargeIsStillKnownToBeRational) {
  const PowerProduct huge = power_product(std::vector<LogTerm>{{10000000, q(2)}});
  EXPECT_TRUE(huge.is_rational);
  EXPECT_FALSE(huge.value);
  const PowerProduct irrational = power_product(std::vector<LogTerm>{{10000000, q(2)}, {q(1, 2), q(13)}});
  EXPECT_FALSE(irrational.is_rational);
}

TEST(CoprimeBase, AnswersAgreeWithPrimeFactorsOnRandomProducts) {
  std::mt19937_64 random(kSeed);
  int zeros = 0;
  int ratios = 0;
  int rationals = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<LogTerm> terms = random_terms(random);
    if (round % 3 == 0) {
      // Half of the terms cancel the product by their own: some nontrivial zeros.
      const std::vector<LogTerm> copy = terms;
      for (const LogTerm& term : copy)
        terms.push_back({Rational(-term.coefficient / 2), Rational(term.argument * term.argument)});
      if (round % 2 == 0) terms.back().coefficient += 1;
    }
    const auto exponents = brute_force(terms);
    const bool zero =
        std::all_of(exponents.begin(), exponents.end(), [](const Rational& e) { return e == 0; });
    ASSERT_EQ(is_zero(terms), zero);
    zeros += zero;

    const bool rational = std::all_of(exponents.begin(), exponents.end(),
                                      [](const Rational& e) { return denominator(e) == 1; });
    const PowerProduct product = power_product(terms);
    ASSERT_EQ(product.is_rational, rational);
    rationals += rational;
    if (rational) {
      ASSERT_EQ(brute_force({{1, *product.value}}), exponents);
    }

    Rational base = round % 2 == 0 ? random_smooth(random) : Rational(Integer(2 + random() % 29));
    if (base == 1) base = 2;
    if (round % 5 == 0 && rational && *product.value != 1)
      base = Rational(1 / (*product.value * *product.value));
    const auto base_exponents = brute_force({{1, base}});
    std::optional<Rational> expected;
    bool consistent = true;
    for (std::size_t i = 0; i < exponents.size(); ++i) {
      if (base_exponents[i] == 0) {
        consistent = consistent && exponents[i] == 0;
      } else {
        const Rational r = exponents[i] / base_exponents[i];
        consistent = consistent && (!expected || *expected == r);
        expected = r;
      }
    }
    // A base with a prime factor that no term has.
    for (const int prime : {17, 19, 23, 29}) {
      if (exponent_of(prime, base) == 0) continue;
      consistent = consistent && zero;
      expected = Rational(0);
    }
    if (!consistent) expected.reset();
    ASSERT_EQ(log_ratio(terms, base), expected) << base;
    ratios += expected.has_value();
  }
  EXPECT_GT(zeros, 100);
  EXPECT_GT(ratios, 100);
  EXPECT_GT(rationals, 100);
}

TEST(CoprimeBase, ProductsOfUnknownPrimesCancel) {
  // Large random numbers, never factored: (ab)(cd) = (ac)(bd).
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 200; ++round) {
    const Integer a = 2 + Integer(random());
    const Integer b = 2 + Integer(random());
    const Integer c = 2 + Integer(random());
    const Integer d = 2 + Integer(random());
    const Rational w(static_cast<long>(1 + random() % 100), static_cast<long>(1 + random() % 100));
    const std::vector<LogTerm> terms = {{w, Rational(a * b)},
                                        {w, Rational(c * d)},
                                        {Rational(-w), Rational(a * c)},
                                        {Rational(-w), Rational(b * d)}};
    ASSERT_TRUE(is_zero(terms));
    ASSERT_EQ(power_product(terms).value, q(1));
    std::vector<LogTerm> nearly = terms;
    nearly[0].argument += 1;
    ASSERT_FALSE(is_zero(nearly));
    ASSERT_EQ(log_ratio(std::vector<LogTerm>{{w, Rational(a * a, b * b)}}, Rational(b, a)), Rational(-2 * w));
  }
}

}  // namespace
}  // namespace xent::reference
