// The files of golden/cases as text inside the library, so that an installed program needs no data beside it.
// The source file is written by embed.cmake when the library is built.
#ifndef XENT_GOLDEN_STORED_TEXT_H
#define XENT_GOLDEN_STORED_TEXT_H

#include <span>
#include <string_view>

namespace xent::golden {

struct StoredText {
  std::string_view name;  // "notes.jsonl"
  std::string_view text;
};

std::span<const StoredText> stored_texts();

}  // namespace xent::golden

#endif  // XENT_GOLDEN_STORED_TEXT_H
