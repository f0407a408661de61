// `xent eval lm`: the sequence loss of a language model on a real text, computed and certified side by side.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "fast/implementations.h"
#include "properties/bounds.h"
#include "properties/cli/command.h"
#include "properties/cli/typed.h"
#include "properties/error.h"
#include "properties/ngram.h"
#include "properties/realistic.h"
#include "properties/subject.h"

namespace xent::properties::cli {
namespace {

using reference::Certified;
using reference::Quantity;

constexpr std::int64_t kChunk = 512;  // rows of logits held in memory at once
// The certified mean keeps what it needs of every step, up to 6 KiB, until the end.
constexpr std::size_t kMaxText = std::size_t{4} << 20;

struct LmArguments {
  std::string text;
  int order = 4;
  std::int64_t steps = 5;  // shown one by one
  int digits = 20;
  bool json = false;
};

struct Step {
  std::int64_t position = 0;
  unsigned char byte = 0;
  double computed = 0;   // nats, by fast
  double certified = 0;  // rounded to binary32
  double ulps = 0;
};

// What the whole run adds up to.
struct Totals {
  std::int64_t steps = 0;
  double largest_ulps = 0;
  std::int64_t largest_at = 0;
  std::int64_t correctly_rounded = 0;
  std::vector<Step> shown;
  reference::LogForm certified_sum;
  std::vector<float> computed;
};

Problem problem_of(const LanguageModelRows& rows) {
  Problem problem;
  problem.loss = "softmax_cross_entropy";
  problem.rows = rows.rows;
  problem.classes = static_cast<std::int64_t>(kByteClasses);
  problem.input.assign(rows.logits.begin(), rows.logits.end());
  problem.targets.assign(rows.targets.begin(), rows.targets.end());
  problem.input_format = XENT_BINARY32;
  problem.loss_format = XENT_BINARY32;
  return problem;
}

void add_step(Totals& totals, const Problem& problem, std::int64_t row, double computed,
              std::int64_t position, std::int64_t show_first) {
  Certified truth = reference::certify_row(problem, row);
  const reference::Format& format = reference::format(XENT_BINARY32);
  Measurement measurement;
  compare(computed, truth, format, {Grade::ulp, 1e9}, 0, &measurement);
  Step step;
  step.position = position;
  step.byte = static_cast<unsigned char>(problem.targets[static_cast<std::size_t>(row)]);
  step.computed = computed;
  step.certified = truth.rounded(format).value_or(std::nan(""));
  step.ulps = measurement.ulps;
  totals.correctly_rounded += step.computed == step.certified ? 1 : 0;
  if (step.ulps > totals.largest_ulps) {
    totals.largest_ulps = step.ulps;
    totals.largest_at = position;
  }
  totals.computed.push_back(static_cast<float>(computed));
  if (totals.steps++ < show_first) totals.shown.push_back(step);
}

void progress(std::int64_t done, std::int64_t all) {
  if (isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r\033[K{} of {} steps", done, all);
  if (done == all) fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

Totals run(const NgramModel& model, std::string_view text, std::int64_t begin, std::int64_t show_first) {
  const Subject fast(*fast::fast_implementation());
  const auto end = static_cast<std::int64_t>(text.size());
  Totals totals;
  for (std::int64_t at = begin; at < end;) {
    const LanguageModelRows rows = rows_of(model, text, at, kChunk);
    const Problem problem = problem_of(rows);
    const Answered answered = ask(fast, problem);
    if (answered.failure) throw BadInput{"fast: " + answered.failure->message};
    for (std::int64_t row = 0; row < rows.rows; ++row) {
      add_step(totals, problem, row, answered.loss[static_cast<std::size_t>(row)], at + row, show_first);
      totals.certified_sum.add(1, reference::row_form(problem, row));
    }
    at += rows.rows;
    progress(at - begin, end - begin);
  }
  return totals;
}

// The mean that fast's own losses give, in nats.
double computed_mean(const Totals& totals) {
  return std::accumulate(totals.computed.begin(), totals.computed.end(), 0.0) /
         static_cast<double>(totals.steps);
}

std::string shown_byte(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7F ? fmt::format("'{}'", static_cast<char>(byte))
                                     : fmt::format("0x{:02x}", byte);
}

std::string text_of(const Totals& totals, const Shown& nats, const Shown& bits, const Shown& perplexity,
                    const std::string& name, int order, std::size_t trained) {
  const double mean = computed_mean(totals);
  std::string text = fmt::format("{}\n", nats.value);
  text += fmt::format("  nats/byte of {}: byte {}-gram model, {} bytes trained on, {} steps evaluated\n\n",
                      name, order, trained, totals.steps);
  text += fmt::format("  {:<12} {:<22} {}\n", "", "fast (binary32)", "certified");
  text += fmt::format("  {:<12} {:<22.17g} {}\n", "nats/byte", mean, nats.value);
  text += fmt::format("  {:<12} {:<22.17g} {}\n", "bits/byte", mean / std::log(2.0), bits.value);
  text += fmt::format("  {:<12} {:<22.17g} {}\n\n", "perplexity", std::exp(mean), perplexity.value);
  text += fmt::format(
      "  largest error of a step {:.3f} ulp (step at byte {}), {} of {} steps correctly rounded\n",
      totals.largest_ulps, totals.largest_at, totals.correctly_rounded, totals.steps);
  text += fmt::format("  certificate  [{}, {}], {} bits\n\n", nats.lower, nats.upper, nats.precision_bits);
  text += fmt::format("  {:>8}  {:<6} {:<14} {:<24} {:<24} {}\n", "byte", "x_t", "P(x_t | x_<t)",
                      "fast, nats", "certified, binary32", "ulp");
  for (const Step& step : totals.shown) {
    text +=
        fmt::format("  {:>8}  {:<6} {:<14.8g} {:<24} {:<24} {:.3f}\n", step.position, shown_byte(step.byte),
                    std::exp(-step.certified), fmt::format("{:.9g}", step.computed),
                    fmt::format("{:.9g}", step.certified), step.ulps);
  }
  const auto left = totals.steps - static_cast<std::int64_t>(totals.shown.size());
  if (left > 0) text += fmt::format("  ... {} more (--steps N shows N)\n", left);
  return text;
}

std::string json_of(const Totals& totals, const Shown& nats, const Shown& bits, const Shown& perplexity) {
  const double mean = computed_mean(totals);
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(as_json(nats, "sequence", "nats/byte", {}));
  json["steps"] = totals.steps;
  json["largest_ulp"] = totals.largest_ulps;
  json["correctly_rounded_steps"] = totals.correctly_rounded;
  json["bits_per_byte"] = bits.value;
  json["perplexity"] = perplexity.value;
  json["fast"] = {
      {"nats_per_byte", mean}, {"bits_per_byte", mean / std::log(2.0)}, {"perplexity", std::exp(mean)}};
  for (const Step& step : totals.shown) {
    json["step"].push_back({{"position", step.position},
                            {"byte", step.byte},
                            {"fast", reference::hexfloat(step.computed)},
                            {"certified", reference::hexfloat(step.certified)},
                            {"ulp", step.ulps}});
  }
  return json.dump(2) + "\n";
}

int eval_lm(const LmArguments& a) {
  const std::string contents = a.text.empty() ? std::string(default_text()) : read_file(a.text);
  const std::string name = a.text.empty() ? "LICENSE" : a.text;
  if (contents.size() > kMaxText) {
    throw BadInput{
        fmt::format("text: {} bytes is not accepted; accepted: at most {}", contents.size(), kMaxText)};
  }
  const TextSplit parts = required(split(contents));
  const NgramModel model = required(NgramModel::train(parts.train, a.order));
  Totals totals = run(model, contents, static_cast<std::int64_t>(parts.train.size()), a.steps);
  reference::LogForm mean;
  mean.add(reference::Rational(1, totals.steps), totals.certified_sum);
  Certified nats(Quantity::logarithm(mean, 0));
  Certified bits(Quantity::logarithm(mean, 2));
  Certified perplexity(Quantity::exponential(mean));
  const Shown shown_nats = show(nats, a.digits);
  const Shown shown_bits = show(bits, a.digits);
  const Shown shown_perplexity = show(perplexity, a.digits);
  fmt::print("{}", a.json ? json_of(totals, shown_nats, shown_bits, shown_perplexity)
                          : text_of(totals, shown_nats, shown_bits, shown_perplexity, name, a.order,
                                    parts.train.size()));
  return shown_nats.status == "undecided" ? kDoesNotConform : kConforms;
}

}  // namespace

void add_lm(CLI::App& eval, int& status) {
  CLI::App* command = eval.add_subcommand("lm",
                                          "a byte n-gram model trained on the first nine tenths of a text: "
                                          "its loss on the rest, by fast and certified");
  auto a = std::make_shared<LmArguments>();
  command->add_option("--text", a->text, "the file; without it, this program's licence");
  command->add_option("--order", a->order, "bytes in a gram: the context and the byte it predicts")
      ->check(CLI::Range(1, kMaxNgramOrder))
      ->capture_default_str();
  command->add_option("--steps", a->steps, "steps to show one by one")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str();
  command->add_option("--digits", a->digits, "significant decimal digits")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_flag("--json", a->json, "print one JSON object");
  command->callback([a, &status] { status = eval_lm(*a); });
}

}  // namespace xent::properties::cli
