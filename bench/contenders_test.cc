#include "bench/contenders.h"

#include <gtest/gtest.h>

#include <set>

#include "bench/peers.h"

namespace xent::bench {
namespace {

const std::filesystem::path kNoFolder = "no_such_folder";

TEST(Peers, EveryRowHasItsOwnNameAndSaysHowToGetIt) {
  std::set<std::string> names;
  for (const Peer& peer : peers()) {
    EXPECT_TRUE(names.insert(peer.name).second) << peer.name;
    EXPECT_EQ(find_peer(peer.name), &peer);
    EXPECT_NE(how_to_get(peer).find(peer.package), std::string::npos);
    EXPECT_NE(how_to_get(peer).find("peers setup"), std::string::npos);
    EXPECT_EQ(library_of(peer, "folder"),
              std::filesystem::path("folder") / (peer.library + std::string(".so")));
  }
  EXPECT_EQ(find_peer("fast"), nullptr);
}

TEST(Contenders, EveryoneNamedTakesPartOnce) {
  const auto field = enter({"stable", "fast", "stable"}, false, kNoFolder, {});
  ASSERT_TRUE(field) << field.error().message;
  ASSERT_EQ(field->contenders.size(), 2u);
  EXPECT_EQ(field->contenders[0].name, "stable");
  EXPECT_EQ(field->contenders[1].name, "fast");
  EXPECT_TRUE(field->contenders[1].identity.starts_with("xent-fast ")) << field->contenders[1].identity;
  EXPECT_TRUE(field->absent.empty());
}

TEST(Contenders, AbsentPeersAreListedWhereAllAreAskedFor) {
  const auto field = enter({"fast"}, true, kNoFolder, {});
  ASSERT_TRUE(field) << field.error().message;
  EXPECT_EQ(field->contenders.size(), 1u);
  ASSERT_EQ(field->absent.size(), peers().size());
  for (std::size_t i = 0; i < peers().size(); ++i) {
    EXPECT_EQ(field->absent[i].name, peers()[i].name);
    EXPECT_EQ(field->absent[i].why, how_to_get(peers()[i]));
  }
}

TEST(Contenders, AnAbsentPeerThatWasNamedIsAnError) {
  const auto field = enter({"onednn"}, false, kNoFolder, {});
  ASSERT_FALSE(field);
  EXPECT_EQ(field.error().message, "onednn is absent: " + how_to_get(*find_peer("onednn")));
}

TEST(Contenders, WhoCannotBeFoundIsAnError) {
  const auto field = enter({"fast", "no_such_implementation"}, true, kNoFolder, {});
  ASSERT_FALSE(field);
  EXPECT_NE(field.error().message.find("no_such_implementation"), std::string::npos);
}

}  // namespace
}  // namespace xent::bench
