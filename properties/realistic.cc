#include "properties/realistic.h"

#include "properties/generators.h"
#include "properties/ngram.h"
#include "properties/random.h"

namespace xent::properties {

// Defined by the build from the file LICENSE.
extern const std::string_view kLicenseText;

std::string_view default_text() {
  return kLicenseText;
}

namespace {

constexpr int kOrder = 4;

struct Model {
  TextSplit parts;
  NgramModel model;
};

const Model& trained() {
  static const Model model = [] {
    const TextSplit parts = *split(default_text());
    return Model{parts, *NgramModel::train(parts.train, kOrder)};
  }();
  return model;
}

}  // namespace

LogitRow realistic_row(Random& random, std::int64_t classes) {
  const std::string_view text = default_text();
  const auto begin = static_cast<std::int64_t>(trained().parts.train.size());
  LogitRow row;
  while (static_cast<std::int64_t>(row.logits.size()) < classes) {
    const std::int64_t position = random.between(begin, static_cast<std::int64_t>(text.size()) - 1);
    const LanguageModelRows step = rows_of(trained().model, text, position, 1);
    if (row.logits.empty()) row.target = step.targets[0];
    row.logits.insert(row.logits.end(), step.logits.begin(), step.logits.end());
  }
  // Keep the target when the row is cut short.
  if (row.target >= classes) {
    row.logits[0] = row.logits[static_cast<std::size_t>(row.target)];
    row.target = 0;
  }
  row.logits.resize(static_cast<std::size_t>(classes));
  return row;
}

}  // namespace xent::properties
