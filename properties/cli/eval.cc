#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "golden/case.h"
#include "properties/cli/command.h"
#include "properties/cli/options.h"
#include "properties/cli/typed.h"
#include "reference/decimal.h"

namespace xent::properties::cli {
namespace {

using reference::Number;
using reference::Problem;

// More digits than anyone reads, and few enough to come at once.
constexpr int kMaxDigits = 100000;

struct EvalArguments {
  std::string p, q, logits, probs, target, base = "e", as;
  LossOptions options;
  int digits = 20;
  bool p_is_log = false, q_is_log = false;
  bool json = false;
  bool as_case = false;
};

// One subcommand: which numbers the loss is typed with.
struct Form {
  const char* loss;
  const char* help;
  bool p, q, logits, probs, target;
};

constexpr Form kForms[] = {
    {"entropy", "H(P) = -sum p ln p", true, false, false, false, false},
    {"cross_entropy", "H(P, Q) = -sum p ln q", true, true, false, false, false},
    {"kl", "KL(P||Q) = sum p ln(p/q)", true, true, false, false, false},
    {"generalised_kl", "sum p ln(p/q) - p + q, of measures", true, true, false, false, false},
    {"nll", "-ln q_t, the surprisal of the target", false, true, false, false, true},
    {"softmax_cross_entropy", "ln sum e^x - x_t", true, false, true, false, true},
    {"log_sum_exp", "ln sum e^x", false, false, true, false, false},
    {"softmax", "e^(x_i - lse), for every class i", false, false, true, false, false},
    {"log_softmax", "x_i - lse, for every class i", false, false, true, false, false},
    {"sequence", "(1/n) sum_t -ln P(x_t | x_<t), from the probability of each step", false, false, false,
     true, false},
    {"perplexity", "e^sequence, from the probability of each step", false, false, false, true, false},
};

std::int64_t parse_target(const std::string& text, std::size_t classes) {
  const auto number = reference::parse_number(text);
  const bool is_index = number && number->is_double() &&
                        number->as_double() == std::nearbyint(number->as_double()) &&
                        number->as_double() >= 0 && number->as_double() < static_cast<double>(classes);
  if (!is_index) {
    throw BadInput{
        fmt::format("target: {} is not accepted; accepted: 0 to {} (classes - 1)", text, classes - 1)};
  }
  return static_cast<std::int64_t>(number->as_double());
}

// Rounds typed numbers to a format first, as a program that stores them would.
void round_inputs(std::vector<Number>& numbers, const std::string& name) {
  if (name.empty() || name == "exact") return;
  const reference::Format& format = *reference::find_format(name);
  for (Number& number : numbers) {
    if (!number.is_finite()) continue;
    number = decode(format, reference::round(number.rational(), format, reference::Rounding::nearest_even));
  }
}

Number parse_base(const std::string& text) {
  if (text == "e") return Number(0.0);
  const auto base = reference::parse_number(text);
  if (!base || !base->is_finite() || base->sign() <= 0 || *base == Number(1.0)) {
    throw BadInput{"base: " + text + " is not accepted; accepted: e, or a finite number > 0 other than 1"};
  }
  return *base;
}

void require_same_length(const Problem& problem) {
  if (problem.target_probs.empty() || problem.target_probs.size() == problem.input.size()) return;
  throw BadInput{fmt::format("p: {} numbers is not accepted; accepted: as many as {} has, {}",
                             problem.target_probs.size(), problem.input_space == XENT_LOGITS ? "logits" : "q",
                             problem.input.size())};
}

Problem row_problem(const Form& form, const EvalArguments& a) {
  Problem problem;
  const auto space_of = [](bool is_log) { return is_log ? XENT_LOG_PROBABILITIES : XENT_PROBABILITIES; };
  const auto domain_of = [](bool is_log) { return is_log ? Domain::any : Domain::probabilities; };
  problem.input_space = form.logits ? XENT_LOGITS : space_of(form.q ? a.q_is_log : a.p_is_log);
  if (form.logits) {
    problem.input = parse_list("logits", a.logits, Domain::any);
  } else if (form.q) {
    problem.input = parse_list("q", a.q, domain_of(a.q_is_log));
  } else {
    problem.input = parse_list("p", a.p, domain_of(a.p_is_log));
  }
  if (form.p && (form.q || (form.logits && !a.p.empty()))) {
    problem.target_probs = parse_list("p", a.p, domain_of(a.p_is_log));
    problem.target_space = space_of(a.p_is_log);
  }
  problem.rows = 1;
  problem.classes = static_cast<std::int64_t>(problem.input.size());
  require_same_length(problem);
  if (!form.target || !problem.target_probs.empty()) {
    if (!a.target.empty()) throw BadInput{"target: given with p; accepted: one of them"};
    return problem;
  }
  if (a.target.empty() && problem.classes > 1) {
    throw BadInput{
        fmt::format("target: none is given; accepted: 0 to {} (classes - 1)", problem.classes - 1)};
  }
  problem.targets = {a.target.empty() ? 0 : parse_target(a.target, problem.input.size())};
  return problem;
}

// A step is one row with the one probability that counts.
Problem step_problem(const EvalArguments& a) {
  Problem problem;
  problem.input_space = XENT_PROBABILITIES;
  problem.input = parse_list("probs", a.probs, Domain::probabilities);
  problem.rows = static_cast<std::int64_t>(problem.input.size());
  problem.classes = 1;
  problem.targets.assign(problem.input.size(), 0);
  problem.reduction = XENT_MEAN;
  return problem;
}

void note_sum(std::vector<std::string>& notes, const char* name, const std::vector<Number>& row) {
  const reference::Rational total = reference::sum(row);
  if (total == 1) return;
  const reference::Rational off = total - 1;
  notes.push_back(fmt::format(
      "{} sums to {}, {} {} than 1; it is used as given", name, reference::decimal_string(total, 20),
      reference::decimal_string(reference::Rational(abs(off)), 20), off > 0 ? "more" : "less"));
}

std::vector<std::string> notes_of(const Form& form, const Problem& problem) {
  std::vector<std::string> notes;
  if (problem.conventions.normalise != 0) return notes;
  if (!form.probs && problem.input_space == XENT_PROBABILITIES)
    note_sum(notes, form.q ? "Q" : "P", problem.input);
  if (!problem.target_probs.empty() && problem.target_space == XENT_PROBABILITIES)
    note_sum(notes, "P", problem.target_probs);
  return notes;
}

// Of the loss, and of its derivatives by logits or their logarithms, which are pure numbers.
std::string unit_of(const reference::Loss& loss, const std::string& base, reference::Wanted wanted) {
  if (wanted != reference::Wanted::loss && loss.exponentiate) return "choices for each unit";
  if (wanted != reference::Wanted::loss)
    return base == "e" ? "nats for each unit" : "logarithms to base " + base + " for each unit";
  if (loss.exponentiate) return loss.entries != nullptr ? "probabilities" : "choices";
  return base == "e" ? "nats" : base == "2" ? "bits" : "logarithms to base " + base;
}

std::string formula_of(const reference::Loss& loss, const LossOptions& options) {
  const char* wanted = options.gradient          ? "gradient by the input of "
                       : options.target_gradient ? "gradient by P of "
                                                 : "";
  return fmt::format("{}{} = {}", wanted, loss.name, loss.formula);
}

// The problem with its certificate, for programs.
int print_case(Problem problem, int digits) {
  golden::Case c;
  c.id = problem.loss;
  c.answers = required(golden::answer(problem, digits));
  c.problem = std::move(problem);
  fmt::print("{}\n", golden::write(c));
  const bool decided = std::none_of(c.answers.begin(), c.answers.end(), [](const golden::Answer& answer) {
    return answer.status == "undecided";
  });
  return decided ? kConforms : kDoesNotConform;
}

int eval(const Form& form, const EvalArguments& a) {
  Problem problem = form.probs ? step_problem(a) : row_problem(form, a);
  problem.loss = form.loss;
  problem.base = parse_base(a.base);
  apply_options(a.options, problem);
  round_inputs(problem.input, a.as);
  round_inputs(problem.target_probs, a.as);
  if (a.as_case) return print_case(std::move(problem), a.digits);
  // Digits cost about 3.33 bits each; the cap leaves room for them.
  const int cap = std::max(reference::kMaxPrecision, 4 * a.digits + 4096);
  auto values = required(reference::certify(problem, cap));
  std::vector<Shown> shown;
  for (reference::Certified& value : values) shown.push_back(show(value, a.digits));
  const reference::Loss& loss = *reference::find_loss(form.loss);
  const std::string unit = unit_of(loss, a.base, problem.wanted);
  const std::string formula = formula_of(loss, a.options);
  const auto notes = notes_of(form, problem);
  const bool is_list = loss.entries != nullptr || problem.wanted != reference::Wanted::loss;
  if (is_list) {
    fmt::print("{}", a.json ? as_json(shown, formula, unit, notes) : as_text(shown, formula, unit, notes));
  } else {
    fmt::print("{}",
               a.json ? as_json(shown[0], formula, unit, notes) : as_text(shown[0], formula, unit, notes));
  }
  const bool decided =
      std::none_of(shown.begin(), shown.end(), [](const Shown& s) { return s.status == "undecided"; });
  return decided ? kConforms : kDoesNotConform;
}

std::vector<std::string> input_formats() {
  std::vector<std::string> names = {"exact"};
  for (const reference::Format& format : reference::formats()) names.emplace_back(format.name);
  return names;
}

void add_form(CLI::App& eval_command, const Form& form, int& status) {
  CLI::App* command = eval_command.add_subcommand(form.loss, form.help);
  auto a = std::make_shared<EvalArguments>();
  const auto numbers = [&](const char* name, std::string& into, const char* help, bool needed) {
    CLI::Option* option = command->add_option(name, into, help);
    if (needed) option->required();
  };
  if (form.p)
    numbers("--p", a->p, form.logits ? "soft labels, instead of --target" : "the distribution P",
            !form.logits);
  if (form.q) numbers(form.target ? "--q,--probs" : "--q", a->q, "the distribution Q", true);
  const reference::Loss& loss = *reference::find_loss(form.loss);
  if (form.q && (loss.input_spaces & XENT_BIT(XENT_LOG_PROBABILITIES)) != 0)
    command->add_flag("--q-is-log", a->q_is_log, "Q is given as natural logarithms");
  if (form.p) command->add_flag("--p-is-log", a->p_is_log, "P is given as natural logarithms");
  if (form.logits) numbers("--logits", a->logits, "the logits x; -inf masks a class", true);
  if (form.probs) numbers("--probs,--q", a->probs, "P(x_t | x_<t) of each step", true);
  if (form.target) command->add_option("--target", a->target, "the class t that occurred, counted from 0");
  command->add_option("--base", a->base, "of the logarithm: e, 2, or any number > 0 other than 1")
      ->capture_default_str();
  command->add_option("--digits", a->digits, "significant decimal digits")
      ->check(CLI::Range(1, kMaxDigits))
      ->capture_default_str();
  command->add_option("--as", a->as, "round the inputs to this format first; otherwise decimals are exact")
      ->check(CLI::IsMember(input_formats()));
  command->add_flag("--json", a->json, "print one JSON object");
  command->add_flag("--case", a->as_case, "print one line in the case format, which xent-golden-arb confirms")
      ->excludes("--json");
  add_options(*command, loss, a->options);
  command->callback([form, a, &status] { status = eval(form, *a); });
}

}  // namespace

void add_eval(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("eval", "the certified value of a loss, to any number of digits");
  command->require_subcommand(1);
  for (const Form& form : kForms) add_form(*command, form, status);
  add_lm(*command, status);
}

}  // namespace xent::properties::cli
