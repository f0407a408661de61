#include "properties/cli/options.h"

#include "properties/cli/typed.h"
#include "reference/presets.h"

namespace xent::properties::cli {
namespace {

using reference::Number;
using reference::Problem;

// One option that is a number, and one that is a list of them.
struct NumberOption {
  int option;  // XENT_OPTION_...
  const char* flag;
  std::string LossOptions::*text;
  Number Problem::*number;
  const char* help;
};
constexpr NumberOption kNumbers[] = {
    {XENT_OPTION_LABEL_SMOOTHING, "label-smoothing", &LossOptions::label_smoothing, &Problem::label_smoothing,
     "a in [0, 1]; where its mass goes is a convention"},
    {XENT_OPTION_TEMPERATURE, "temperature", &LossOptions::temperature, &Problem::temperature,
     "logits are divided by it"},
    {XENT_OPTION_SCALE, "scale", &LossOptions::scale, &Problem::scale, "logits are multiplied by it"},
    {XENT_OPTION_SOFTCAP, "softcap", &LossOptions::softcap, &Problem::softcap,
     "x becomes softcap tanh(x / softcap)"},
    {XENT_OPTION_Z_LOSS, "z-loss", &LossOptions::z_loss, &Problem::z_loss, "adds z-loss times lse^2"}};

struct ListOption {
  int option;
  const char* flag;
  std::string LossOptions::*text;
  std::vector<Number> Problem::*list;
  const char* help;
};
constexpr ListOption kLists[] = {{XENT_OPTION_CLASS_WEIGHTS, "class-weights", &LossOptions::class_weights,
                                  &Problem::class_weights, "one for each class"},
                                 {XENT_OPTION_SAMPLE_WEIGHTS, "sample-weights", &LossOptions::sample_weights,
                                  &Problem::sample_weights, "one for each row or step"},
                                 {XENT_OPTION_UPSTREAM, "upstream", &LossOptions::upstream,
                                  &Problem::upstream, "what the gradient is multiplied by"}};

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const reference::Preset& preset : reference::presets()) names.emplace_back(preset.name);
  return names;
}

}  // namespace

void add_options(CLI::App& command, const reference::Loss& loss, LossOptions& options) {
  const auto has = [&](int option) { return (loss.options & XENT_BIT(option)) != 0; };
  for (const NumberOption& row : kNumbers) {
    if (has(row.option)) command.add_option(std::string("--") + row.flag, options.*row.text, row.help);
  }
  for (const ListOption& row : kLists) {
    if (has(row.option)) command.add_option(std::string("--") + row.flag, options.*row.text, row.help);
  }
  command.add_option("--preset", options.preset, "whose conventions to follow, see `xent list presets`")
      ->check(CLI::IsMember(preset_names()))
      ->capture_default_str();
  if (has(XENT_OPTION_LABEL_SMOOTHING) && (loss.input_spaces & XENT_BIT(XENT_LOGITS)) != 0) {
    command
        .add_option(
            "--masked-labels", options.masked_labels,
            "what smoothing and soft labels put on logits of -inf: meets the infinity, or counts zero")
        ->check(CLI::IsMember({"infinity", "zero"}));
  }
  if (loss.gradient != nullptr)
    command.add_flag("--gradient", options.gradient, "the derivatives by the input instead, one a line");
  if (loss.target_gradient != nullptr)
    command
        .add_flag("--target-gradient", options.target_gradient, "the derivatives by --p instead, one a line")
        ->excludes("--gradient");
}

void apply_options(const LossOptions& options, Problem& problem) {
  problem.conventions = reference::find_preset(options.preset)->conventions;
  if (!options.masked_labels.empty())
    problem.conventions.masked_labels =
        options.masked_labels == "zero" ? XENT_POLICY_ZERO : XENT_POLICY_INFINITY;
  for (const NumberOption& row : kNumbers) {
    if (!(options.*row.text).empty())
      problem.*row.number = parse_list(row.flag, options.*row.text, Domain::any).at(0);
  }
  for (const ListOption& row : kLists) {
    if (!(options.*row.text).empty())
      problem.*row.list = parse_list(row.flag, options.*row.text, Domain::any);
  }
  if (options.gradient) problem.wanted = reference::Wanted::gradient;
  if (options.target_gradient) problem.wanted = reference::Wanted::target_gradient;
}

}  // namespace xent::properties::cli
