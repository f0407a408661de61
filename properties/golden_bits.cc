#include "properties/golden_bits.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "properties/digest.h"
#include "properties/json.h"
#include "properties/laws/premises.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;
using reference::Format;
using reference::Number;
using reference::Problem;
using reference::Wanted;

constexpr std::int64_t kBitsFormat = 1;

Number nearest(const Number& value, const Format& format) {
  if (!value.is_finite() || value.is_zero()) return value;
  return reference::decode(format,
                           reference::round(value.rational(), format, reference::Rounding::nearest_even));
}

// False if a number is beyond the range of the format.
bool round_all(std::vector<Number>& values, const Format& format) {
  for (Number& value : values) {
    const bool was_finite = value.is_finite();
    value = nearest(value, format);
    if (was_finite && !value.is_finite()) return false;
  }
  return true;
}

// The case as it can be handed over: its inputs as floats of the format, unless they are of one already.
// Nothing if one is beyond the range of the format.
std::optional<Problem> in_formats(Problem p, const Format& input, const Format& output) {
  if (p.input_format == XENT_NO_FORMAT) p.input_format = input.id;
  if (!p.target_probs.empty() && p.target_format == XENT_NO_FORMAT) p.target_format = input.id;
  p.loss_format = output.id;
  const Format& factors = reference::format(factor_format(p));
  for (Number* option : {&p.base, &p.label_smoothing, &p.temperature, &p.scale, &p.softcap, &p.z_loss})
    *option = nearest(*option, reference::format(XENT_BINARY64));
  const bool fits =
      round_all(p.input, reference::format(p.input_format)) &&
      (p.target_probs.empty() || round_all(p.target_probs, reference::format(p.target_format))) &&
      round_all(p.class_weights, factors) && round_all(p.sample_weights, factors) &&
      round_all(p.upstream, factors);
  if (!fits) return std::nullopt;
  return p;
}

std::string hex(std::span<const double> values, xent_format id) {
  const Format& format = reference::format(id);
  std::string text;
  for (const double value : values) {
    text +=
        fmt::format("{}{:0{}x}", text.empty() ? "" : " ", reference::encode(format, value), format.width / 4);
  }
  return text;
}

class Questioner {
 public:
  Questioner(const Subject& subject, GoldenBits& bits) : subject_(subject), bits_(bits) {}

  void ask(const golden::Case& c) {
    for (const Format& input : reference::formats()) {
      if (c.problem.input_format != XENT_NO_FORMAT && c.problem.input_format != input.id) continue;
      for (const Format& output : reference::formats()) {
        if (auto problem = in_formats(c.problem, input, output)) ask(c, std::move(*problem));
      }
    }
  }

 private:
  void ask(const golden::Case& c, Problem p) {
    p.conventions = subject_.implementation().conventions;
    ask(c.id, p);
    if (p.wanted != Wanted::loss) return;
    p.wanted = Wanted::gradient;
    ask(c.id, p);
  }

  void ask(const std::string& case_id, const Problem& p) {
    const Trial trial = {p, {}, {}};
    if (inadmissible(subject_, trial)) return;
    const std::string input = reference::format(p.input_format).name;
    const std::string output = reference::format(p.loss_format).name;
    const bool is_gradient = p.wanted == Wanted::gradient;
    AnsweredCase answered;
    answered.id = fmt::format("{}/{}{}{}", case_id, input, input == output ? "" : "->" + output,
                              is_gradient ? "/gradient" : "");
    answered.line = case_line(trial, case_id);
    const Response response = subject_.run(p);
    if (!response.usable()) {
      answered.bits = response.defect.empty() ? fmt::format("status {}", response.status) : response.defect;
    } else {
      answered.bits = hex(response.wanted(p), p.loss_format);
      if (is_gradient) answered.loss = hex(response.loss, loss_beside(p, *subject_.claim(p)).loss_format);
    }
    bits_.cases.push_back(std::move(answered));
  }

  const Subject& subject_;
  GoldenBits& bits_;
};

std::string line_of(const AnsweredCase& answered) {
  Json json = {{"id", answered.id}, {"bits", answered.bits}};
  if (!answered.loss.empty()) json["loss"] = answered.loss;
  json["case"] = Json::parse(answered.line);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Reads a file line by line; the first thing that is wrong is kept.
class BitsReader {
 public:
  Expected<GoldenBits> read(const std::string& text) {
    for (std::size_t begin = 0; begin < text.size() && !error_;) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      ++line_;
      read_line(text.substr(begin, end - begin));
      begin = end + 1;
    }
    if (error_) return Error{fmt::format("line {}: {}", line_, error_->message)};
    if (!ended_) return Error{"no last line with \"digest\"; accepted: all lines of `xent golden bits`"};
    return bits_;
  }

 private:
  void read_line(const std::string& text) {
    const auto json = parse_file(text);
    if (!json) {
      error_ = json.error();
      return;
    }
    StrictObject object(*json, "", error_);
    if (ended_) {
      object.refuse("line", "another", "nothing after the digest");
    } else if (line_ == 1) {
      read_header(object);
    } else if (object.has("digest")) {
      read_end(object);
    } else {
      read_case(object);
    }
    object.finish();
  }

  void read_header(StrictObject& object) {
    std::int64_t format = 0;
    object.require("xent_bits");
    object.read("xent_bits", format, kBitsFormat, kBitsFormat);
    object.read("implementation", bits_.implementation);
    object.read("name", bits_.name);
    object.read("version", bits_.version);
  }

  void read_case(StrictObject& object) {
    AnsweredCase answered;
    for (const char* key : {"id", "bits", "case"}) object.require(key);
    object.read("id", answered.id);
    object.read("bits", answered.bits);
    object.read("loss", answered.loss);
    if (const Json* line = object.find("case")) {
      answered.line = line->dump(-1, ' ', false, Json::error_handler_t::replace);
      if (const auto trial = trial_of_line(answered.line); !trial) object.fail("case", trial.error().message);
    }
    if (!known_.insert(answered.id).second)
      object.refuse("id", "'" + answered.id + "' twice", "each id once");
    bits_.cases.push_back(std::move(answered));
  }

  void read_end(StrictObject& object) {
    std::int64_t cases = 0;
    std::string stored;
    object.read("cases", cases);
    object.read("digest", stored);
    if (cases != static_cast<std::int64_t>(bits_.cases.size()) || stored != digest(bits_)) {
      object.refuse(
          "digest", fmt::format("{} of {} cases", stored, cases),
          fmt::format("{} of {} cases, that of the lines above", digest(bits_), bits_.cases.size()));
    }
    ended_ = true;
  }

  std::optional<Error> error_;
  GoldenBits bits_;
  std::set<std::string> known_;
  int line_ = 0;
  bool ended_ = false;
};

}  // namespace

GoldenBits golden_bits(const Subject& subject, std::span<const golden::Case> cases,
                       const std::string& implementation) {
  const char* version = subject.implementation().version;
  GoldenBits bits = {implementation, subject.implementation().name, version == nullptr ? "" : version, {}};
  Questioner questioner(subject, bits);
  for (const golden::Case& c : cases) questioner.ask(c);
  return bits;
}

std::string digest(const GoldenBits& bits) {
  std::string lines;
  for (const AnsweredCase& answered : bits.cases) lines += line_of(answered);
  return digest_of(lines);
}

std::string bits_text(const GoldenBits& bits) {
  const Json header = {{"xent_bits", kBitsFormat},
                       {"implementation", bits.implementation},
                       {"name", bits.name},
                       {"version", bits.version}};
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (const AnsweredCase& answered : bits.cases) text += line_of(answered);
  const Json end = {{"cases", bits.cases.size()}, {"digest", digest(bits)}};
  return text + end.dump() + "\n";
}

Expected<GoldenBits> read_bits(const std::string& text) {
  return BitsReader().read(text);
}

}  // namespace xent::properties
