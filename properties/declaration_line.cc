#include "properties/declaration_line.h"

#include <fmt/format.h>

#include <deque>
#include <vector>

#include "golden/conventions.h"
#include "golden/json_members.h"
#include "golden/strict_object.h"
#include "properties/declaration.h"
#include "reference/losses.h"

namespace xent::properties {
namespace {

using golden::Json;
using golden::StrictObject;
using FirstError = std::optional<reference::Error>;

// An implementation and all that its pointers point to.
struct Owned {
  std::string name;
  std::string version;
  std::deque<std::string> texts;
  std::vector<xent_claim> claims;
  xent_implementation implementation = {};

  const char* keep(std::string text) { return texts.emplace_back(std::move(text)).c_str(); }
};

xent_status no_answer(const xent_problem*, xent_result*) {
  return XENT_FAILED;
}

Json written(const xent_claim& claim) {
  Json object = {{"loss", claim.loss}};
  // Written even if empty: what is absent is the ordinary.
  const auto set = [&object](const char* key, std::span<const golden::Named> table, std::uint32_t members) {
    object[key] = Json::array();
    golden::write_names(object, key, table, members);
  };
  set("input_spaces", golden::kSpaces, claim.input_spaces);
  set("input_formats", golden::kFormats, claim.input_formats);
  set("target_formats", golden::kFormats, claim.target_formats);
  set("loss_formats", golden::kFormats, claim.loss_formats);
  set("grad_formats", golden::kFormats, claim.grad_formats);
  set("reductions", golden::kReductions, claim.reductions);
  set("options", golden::kOptions, claim.options);
  set("guarantees", golden::kGuarantees, claim.guarantees);
  object["grade"] = claim.grade;
  golden::write_name(object, "summation", golden::kSummations, claim.summation);
  golden::write_name(object, "compute_format", golden::kFormats, claim.compute_format);
  golden::write_number(object, "exp_error", claim.exp_error);
  golden::write_number(object, "log_error", claim.log_error);
  return object;
}

// A claim of the loss that says nothing else.
xent_claim ordinary_claim(const reference::Loss& loss) {
  const bool has_probabilities = contains(loss.input_spaces, XENT_PROBABILITIES);
  xent_claim claim = {};
  claim.input_spaces = XENT_BIT(has_probabilities ? XENT_PROBABILITIES : XENT_LOGITS);
  claim.input_formats = claim.loss_formats = XENT_BIT(XENT_BINARY64);
  claim.target_formats = XENT_BIT(XENT_INT64) | XENT_BIT(XENT_BINARY64);
  claim.reductions = XENT_BIT(loss.always_mean ? XENT_MEAN : XENT_NONE);
  if (loss.needs_targets) claim.options = XENT_BIT(XENT_OPTION_HARD_TARGETS);
  claim.grade = "shifted";
  return claim;
}

void read_set(StrictObject& object, const char* key, std::span<const golden::Named> table,
              std::uint32_t& members) {
  if (!object.has(key)) return;
  members = 0;
  object.read_names(key, table, members);
}

void read_claim(const Json& value, const std::string& path, Owned& owned, FirstError& error) {
  StrictObject object(value, path, error);
  std::string name;
  object.require("loss");
  object.read("loss", name);
  if (object.failed()) return;
  const reference::Loss* loss = reference::find_loss(name);
  if (loss == nullptr) return object.refuse("loss", "'" + name + "'", "a name of `xent list losses`");
  xent_claim claim = ordinary_claim(*loss);
  claim.loss = loss->name;
  read_set(object, "input_spaces", golden::kSpaces, claim.input_spaces);
  read_set(object, "input_formats", golden::kFormats, claim.input_formats);
  read_set(object, "target_formats", golden::kFormats, claim.target_formats);
  read_set(object, "loss_formats", golden::kFormats, claim.loss_formats);
  read_set(object, "grad_formats", golden::kFormats, claim.grad_formats);
  read_set(object, "reductions", golden::kReductions, claim.reductions);
  read_set(object, "options", golden::kOptions, claim.options);
  read_set(object, "guarantees", golden::kGuarantees, claim.guarantees);
  std::string grade = claim.grade;
  object.read("grade", grade);
  claim.grade = owned.keep(std::move(grade));
  object.read_name("summation", golden::kSummations, claim.summation);
  object.read_name("compute_format", golden::kFormats, claim.compute_format);
  object.read_finite("exp_error", claim.exp_error);
  object.read_finite("log_error", claim.log_error);
  object.finish();
  owned.claims.push_back(claim);
}

void read_claims(StrictObject& object, Owned& owned, FirstError& error) {
  object.require("claims");
  const Json* claims = object.find("claims");
  if (claims == nullptr) return;
  if (!claims->is_array()) return object.refuse("claims", "no array", "an array of objects");
  for (std::size_t i = 0; i < claims->size(); ++i)
    read_claim((*claims)[i], fmt::format("claims[{}].", i), owned, error);
}

}  // namespace

std::string write_declaration(const xent_implementation& implementation) {
  Json object = {{"declare", implementation.name}};
  if (implementation.version != nullptr) object["version"] = implementation.version;
  if (Json conventions = golden::write_conventions(implementation.conventions); !conventions.empty())
    object["conventions"] = std::move(conventions);
  object["claims"] = Json::array();
  // Losses that nobody here knows are never asked for.
  for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
    const xent_claim& claim = implementation.claims[i];
    if (reference::find_loss(claim.loss) != nullptr) object["claims"].push_back(written(claim));
  }
  return object.dump(-1, ' ', true, Json::error_handler_t::replace);
}

reference::Expected<std::shared_ptr<const xent_implementation>> read_declaration(std::string_view line) {
  const auto json = golden::parse_json(line);
  if (!json) return json.error();
  FirstError error;
  const auto owned = std::make_shared<Owned>();
  StrictObject object(*json, "", error);
  object.require("declare");
  object.read("declare", owned->name);
  object.read("version", owned->version);
  golden::read_conventions(object.find("conventions"), owned->implementation.conventions, error);
  read_claims(object, *owned, error);
  object.finish();
  if (error) return *error;
  xent_implementation& implementation = owned->implementation;
  implementation.abi_version = XENT_ABI_VERSION;
  implementation.claim_count = static_cast<std::uint32_t>(owned->claims.size());
  implementation.name = owned->name.c_str();
  implementation.version = owned->version.c_str();
  implementation.claims = owned->claims.data();
  implementation.compute = no_answer;
  if (auto invalid = validate(implementation)) return *invalid;
  return std::shared_ptr<const xent_implementation>(owned, &implementation);
}

}  // namespace xent::properties
