#include "properties/replay.h"

#include <cstdlib>

#include "golden/case.h"

namespace xent::properties {

std::string case_line(const Trial& trial, const std::string& id) {
  golden::Case c;
  c.id = id;
  c.problem = trial.problem;
  for (const reference::Number& parameter : trial.parameters) c.parameters.push_back(parameter.to_string());
  return golden::write(c);
}

reference::Expected<Trial> trial_of_line(const std::string& line) {
  auto read = golden::read(line);
  if (!read) return read.error();
  Trial trial;
  trial.problem = std::move(read->problem);
  for (const std::string& text : read->parameters) {
    auto number = reference::parse_number(text);
    if (!number) return number.error();
    trial.parameters.push_back(*number);
  }
  return trial;
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view kHarmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./%@";
  if (!text.empty() && text.find_first_not_of(kHarmless) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string replay_command(const std::string& implementation, const std::string& law, const Trial& trial) {
  // As the program was called, or its launcher, so that the line can be pasted where that was.
  const char* const name = std::getenv("XENT_CALLED_AS");
  const std::string xent = name == nullptr ? "xent" : shell_word(name);
  // Case lines hold no single quote: they are JSON of names, numbers and hexadecimal digits.
  return xent + " check " + implementation + " --law " + law + " --case '" + case_line(trial, law) + "'";
}

}  // namespace xent::properties
