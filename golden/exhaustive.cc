#include "golden/exhaustive.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <future>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>

#include "reference/certify.h"
#include "reference/fixed_log.h"

namespace xent::golden {
namespace {

using reference::Bits;
using reference::Format;
using reference::Int128;
using reference::Rounding;
using reference::Sticky;

constexpr std::array<Sweep, 3> kSweeps = {{
    {"binary32", "rows [0, x] for every binary32 x, targets 0 and 1", XENT_BINARY32, false},
    {"binary16_pairs", "rows [x, y] for all pairs of binary16, target 0", XENT_BINARY16, true},
    {"bfloat16_pairs", "rows [x, y] for all pairs of bfloat16, target 0", XENT_BFLOAT16, true},
}};

constexpr Bits kUndecided = ~Bits{0};

// The order of TwoClasses::special_.
constexpr std::array<double, 4> kKinds = {0, HUGE_VAL, -HUGE_VAL, std::numeric_limits<double>::quiet_NaN()};

std::size_t kind(double x) {
  return std::isnan(x) ? 3 : std::isfinite(x) ? 0 : x > 0 ? 1 : 2;
}

struct Float {
  std::int64_t significand;
  int exponent;
};

Float parts(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto field = static_cast<int>(bits >> 52 & 0x7ff);
  const auto fraction = static_cast<std::int64_t>(bits & ((std::uint64_t{1} << 52) - 1));
  const std::int64_t magnitude = field == 0 ? fraction : fraction | std::int64_t{1} << 52;
  return {std::signbit(x) ? -magnitude : magnitude, std::max(field, 1) - 1075};
}

// value * 2^exponent, moved by less than one unit as `sticky` says.
struct Difference {
  Int128 value;
  int exponent;
  Sticky sticky;
};

Difference difference(double a, double b) {
  constexpr int kGap = 70;
  Float x = parts(a), y = parts(-b);
  if (x.significand == 0) x.exponent = y.exponent;
  if (y.significand == 0) y.exponent = x.exponent;
  if (x.exponent < y.exponent) std::swap(x, y);
  const int gap = x.exponent - y.exponent;
  if (gap <= kGap)
    return {Int128{x.significand} * (Int128{1} << gap) + y.significand, y.exponent, Sticky::none};
  return {Int128{x.significand} * (Int128{1} << kGap), x.exponent - kGap,
          y.significand > 0 ? Sticky::above : Sticky::below};
}

// Domain: |x| < 2^16.
Int128 in_logit_units(const Difference& x) {
  if (x.value == 0) return 0;  // of equal logits of any size, so its exponent has no bound
  const int shift = x.exponent + reference::kLogitBits;
  return shift >= 0 ? x.value * (Int128{1} << shift) : x.value >> std::min(-shift, 127);
}

std::uint64_t digest_of(const std::vector<std::uint32_t>& results) {
  static_assert(std::endian::native == std::endian::little, "digests are of little-endian patterns");
  return XXH3_64bits(results.data(), results.size() * sizeof(std::uint32_t));
}

}  // namespace

std::span<const Sweep> sweeps() {
  return kSweeps;
}

const Sweep* find_sweep(std::string_view name) {
  const auto found =
      std::find_if(kSweeps.begin(), kSweeps.end(), [name](const Sweep& sweep) { return sweep.name == name; });
  return found == kSweeps.end() ? nullptr : &*found;
}

std::uint32_t pattern(std::uint32_t block, std::uint32_t j) {
  return (j * kBlocks + block) * 0x9E3779B1U;
}

Tally& Tally::operator+=(const Tally& other) {
  values += other.values;
  special += other.special;
  refined += other.refined;
  undecided += other.undecided;
  return *this;
}

TwoClasses::TwoClasses(const Format& format) : format_(format) {
  Tally ignored;
  for (std::size_t target = 0; target < kKinds.size(); ++target) {
    for (std::size_t other = 0; other < kKinds.size(); ++other)
      special_[target][other] = certified(kKinds[target], kKinds[other], ignored);
  }
}

Bits TwoClasses::certified(double target, double other, Tally& tally) const {
  reference::Problem problem;
  problem.loss = "softmax_cross_entropy";
  problem.rows = 1;
  problem.classes = 2;
  problem.input = {reference::Number(target), reference::Number(other)};
  problem.targets = {0};
  const auto bits = reference::certify_row(problem, 0).round(format_, Rounding::nearest_even);
  if (!bits) ++tally.undecided;
  return bits.value_or(kUndecided);
}

// ln(1 + e^x) for x = other - target. Beyond +-1200 it is 0 or x, and something positive below 2^-1700.
Bits TwoClasses::loss(double target, double other, Tally& tally) const {
  ++tally.values;
  if (!std::isfinite(target) || !std::isfinite(other)) {
    ++tally.special;
    return special_[kind(target)][kind(other)];
  }
  const double estimate = other - target;
  if (estimate <= -1201) return reference::round_fixed(0, 0, Sticky::above, format_, Rounding::nearest_even);
  const Difference x = difference(other, target);
  if (estimate >= 1201) {
    const Sticky sticky = x.sticky == Sticky::none ? Sticky::above : x.sticky;
    return reference::round_fixed(x.value, x.exponent, sticky, format_, Rounding::nearest_even);
  }
  const Int128 units = in_logit_units(x);
  if (units > -reference::kExpLimit && units < reference::kExpLimit) {
    const auto bits = reference::fixed_softplus(units).round(format_, Rounding::nearest_even);
    if (bits) return *bits;
  }
  ++tally.refined;
  return certified(target, other, tally);
}

Block run_block(const Sweep& sweep, std::uint32_t block) {
  const Format& format = reference::format(sweep.format);
  const TwoClasses two_classes(format);
  Block result;
  std::vector<std::uint32_t> results;
  results.reserve(std::size_t{kBlockInputs} * static_cast<std::size_t>(sweep.values_per_input()));
  const auto add = [&](double target, double other) {
    results.push_back(static_cast<std::uint32_t>(two_classes.loss(target, other, result.tally)));
  };
  for (std::uint32_t j = 0; j < kBlockInputs; ++j) {
    const std::uint32_t bits = pattern(block, j);
    if (sweep.pairs) {
      add(reference::decode(format, bits >> 16), reference::decode(format, bits & 0xffff));
    } else {
      const double x = reference::decode(format, bits);
      add(0, x);
      add(x, 0);
    }
  }
  result.digest = digest_of(results);
  return result;
}

Tally Progress::tally() const {
  Tally total;
  for (const auto& [index, block] : blocks) total += block.tally;
  return total;
}

std::string Progress::digest() const {
  std::vector<std::uint64_t> digests;
  for (const auto& [index, block] : blocks) digests.push_back(block.digest);
  return fmt::format("{:016x}", XXH3_64bits(digests.data(), digests.size() * sizeof(std::uint64_t)));
}

std::string header_line(const Sweep& sweep) {
  return nlohmann::json{{"sweep", sweep.name}, {"blocks", kBlocks}}.dump() + "\n";
}

std::string block_line(std::uint32_t block, const Block& result) {
  const Tally& tally = result.tally;
  return nlohmann::json{{"block", block},
                        {"values", tally.values},
                        {"special", tally.special},
                        {"refined", tally.refined},
                        {"undecided", tally.undecided},
                        {"digest", fmt::format("{:016x}", result.digest)}}
             .dump() +
         "\n";
}

namespace {

using nlohmann::json;

reference::Error bad_line(std::size_t number, const char* accepted) {
  return reference::refused("line", fmt::to_string(number), accepted);
}

// The member as an unsigned integer; none if it is not one.
std::optional<std::uint64_t> count(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::optional<std::uint64_t> digest(const json& object) {
  const auto found = object.find("digest");
  if (found == object.end() || !found->is_string()) return std::nullopt;
  const std::string text = found->get<std::string>();
  if (text.size() != 16 || text.find_first_not_of("0123456789abcdef") != std::string::npos)
    return std::nullopt;
  return std::stoull(text, nullptr, 16);
}

const Sweep* sweep_of(const json& header) {
  const auto name = header.find("sweep");
  if (name == header.end() || !name->is_string() || count(header, "blocks") != kBlocks) return nullptr;
  return find_sweep(name->get<std::string>());
}

std::optional<std::pair<std::uint32_t, Block>> block_of(const json& line) {
  const auto block = count(line, "block"), values = count(line, "values"), special = count(line, "special"),
             refined = count(line, "refined"), undecided = count(line, "undecided"), hash = digest(line);
  if (!block || *block >= kBlocks || !values || !special || !refined || !undecided || !hash)
    return std::nullopt;
  return std::pair(static_cast<std::uint32_t>(*block),
                   Block{{*values, *special, *refined, *undecided}, *hash});
}

}  // namespace

reference::Expected<Progress> read_progress(std::string_view text) {
  Progress progress{nullptr, {}};
  std::size_t number = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const json line = json::parse(text.substr(0, end), nullptr, false);
    text.remove_prefix(end + 1);
    ++number;
    if (!line.is_object()) return bad_line(number, "an object");
    if (number == 1) {
      progress.sweep = sweep_of(line);
      if (progress.sweep == nullptr)
        return bad_line(number, R"({"blocks":4096,"sweep":...} of a known sweep)");
    } else if (const auto block = block_of(line)) {
      progress.blocks.insert(*block);
    } else {
      return bad_line(number, "a block as this program writes it");
    }
  }
  if (progress.sweep == nullptr) return bad_line(1, "the line that names the sweep");
  return progress;
}

void run_sweep(const Sweep& sweep, const std::vector<std::uint32_t>& wanted, int threads,
               const std::function<void(std::uint32_t, const Block&)>& done) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  const auto share = [&] {
    for (std::size_t i = next++; i < wanted.size(); i = next++) {
      const Block result = run_block(sweep, wanted[i]);
      const std::lock_guard lock(mutex);
      done(wanted[i], result);
    }
  };
  std::vector<std::future<void>> helpers;
  for (int i = 1; i < threads; ++i) helpers.push_back(std::async(std::launch::async, share));
  share();
  for (std::future<void>& helper : helpers) helper.get();
}

}  // namespace xent::golden
