// A byte n-gram language model: logits as a real model makes them, for the judge, the benchmark and `xent
// eval lm`.
#ifndef XENT_PROPERTIES_NGRAM_H
#define XENT_PROPERTIES_NGRAM_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "reference/expected.h"

namespace xent::properties {

// The classes are the byte values; class c is the byte c, whatever the signedness of char.
inline constexpr std::size_t kByteClasses = 256;
// The longest gram that fits one 64-bit word.
inline constexpr int kMaxNgramOrder = 8;

// Interpolated Witten-Bell model. With n(h c) the number of times byte c follows the bytes h in the training
// text, N(h) = sum_c n(h c), T(h) = #{c : n(h c) > 0}, and h' the context h without its oldest byte,
//
//     P(c | h) = (n(h c) + T(h) P(c | h')) / (N(h) + T(h)),   P(c | h) = P(c | h') if N(h) = 0,
//
// down to the empty context, below which P(c) = 1/256. So 0 < P < 1 and sum_c P(c | h) = 1, by induction on
// the length of h: (N(h) + T(h) * 1) / (N(h) + T(h)) = 1.
// Source: Witten and Bell, "The zero-frequency problem", IEEE Trans. Inf. Theory 37(4), 1991, method C,
// in the interpolated form of Chen and Goodman, "An empirical study of smoothing techniques for language
// modeling", TR-10-98, Harvard University, 1998, section 2.5.
class NgramModel {
 public:
  // Counts all grams of 1 .. order bytes of `text`; a byte is predicted from order - 1 bytes before it.
  // Deterministic: the model depends on `text` and `order` alone.
  // Memory: 16 bytes are kept for each distinct gram, hence at most 16 * order * text.size().
  // Time: that of sorting text.size() words, `order` times.
  // Domain: any text, the empty one giving P = 1/256.
  // Status: an error unless 1 <= order <= kMaxNgramOrder.
  static reference::Expected<NgramModel> train(std::string_view text, int order);

  int order() const { return static_cast<int>(grams_.size()); }

  // p[c] = P(c | context), computed in binary64.
  // Shape: `context` is all that precedes the byte; its last order - 1 bytes matter. Any length, also empty.
  // Error: p[c] = P(c | context) (1 + theta), |theta| <= gamma(3 order), where gamma(k) = k u / (1 - k u) and
  // u = 2^-53. Always 0 < p[c] <= 1; after rounding, 1 is possible. Derivation: above the body.
  void probabilities(std::string_view context, std::span<double, kByteClasses> p) const;

  // x[c] = ln P(c | context) in binary32: a row of logits whose log-sum-exp is 0 but for rounding.
  // Shape: as for probabilities. Units: nats. Domain: every x[c] is finite and <= 0.
  // Error (claim, tested), p[c] being what probabilities() gives:
  // |x[c] - ln p[c]| <= (2^-24 + 2^-50) |ln p[c]|.
  void logits(std::string_view context, std::span<float, kByteClasses> x) const;

 private:
  struct GramCount {
    std::uint64_t gram;  // its bytes, the newest lowest
    std::int64_t count;
  };
  // grams_[k]: the distinct grams of k + 1 bytes, ascending, so that those of one context are neighbours.
  std::vector<std::vector<GramCount>> grams_;
};

// A text cut in two: `train` comes first.
struct TextSplit {
  std::string_view train, test;
};

// The last floor(size / 10) bytes are for testing, the rest, at least nine tenths, for training.
// Status: an error unless the text has at least 10 bytes, so that neither part is empty.
reference::Expected<TextSplit> split(std::string_view text);

// One softmax cross-entropy problem per byte of a text: row r is logits[256 r .. 256 r + 255] and targets[r].
struct LanguageModelRows {
  std::vector<float> logits;          // rows x 256
  std::vector<std::int32_t> targets;  // rows, each in [0, 256)
  std::int64_t rows = 0;
};

// The rows of text[begin], text[begin + 1], ..., each predicted from all of `text` before it.
// Shape: min(count, text.size() - begin) rows of about 1 KiB: ask for a long text in chunks, until rows is 0.
// Domain: 0 <= begin <= text.size(), 0 <= count.
LanguageModelRows rows_of(const NgramModel& model, std::string_view text, std::int64_t begin,
                          std::int64_t count);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_NGRAM_H
