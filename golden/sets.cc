#include "golden/sets.h"

#include <algorithm>
#include <cassert>

#include "golden/notes.h"
#include "golden/published.h"
#include "golden/stored_text.h"

namespace xent::golden {

using reference::Error;
using reference::Expected;

namespace {

constexpr Set kSets[] = {
    {"notes", "every number, formula and example of the notes, and where they need conditions", "notes.jsonl",
     notes},
    {"published", "inputs on which published implementations went wrong", "published.jsonl", published},
};

}  // namespace

std::span<const Set> sets() {
  return kSets;
}

const Set* find_set(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kSets), std::end(kSets), [name](const Set& set) { return set.name == name; });
  return found == std::end(kSets) ? nullptr : found;
}

Expected<std::string> certified_text(const Set& set) {
  std::string text;
  for (Case& c : set.cases()) {
    auto answers = answer(c.problem, kDigits);
    if (!answers) return Error{c.id + ": " + answers.error().message};
    c.answers = std::move(*answers);
    text += write(c) + "\n";
  }
  return text;
}

std::string regenerate(const Set& set) {
  auto text = certified_text(set);
  assert(text);
  return text ? *text : "";
}

std::string_view stored(const Set& set) {
  for (const StoredText& file : stored_texts()) {
    if (file.name == std::string_view(set.file)) return file.text;
  }
  return {};
}

std::vector<std::string> short_case_lines() {
  constexpr std::size_t kShort = 4000;
  std::vector<std::string> lines;
  for (const Set& set : sets()) {
    const std::string_view text = stored(set);
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = text.find('\n', start);
      if (end - start < kShort) lines.emplace_back(text.substr(start, end - start));
      start = end + 1;
    }
  }
  return lines;
}

}  // namespace xent::golden
