#include "aggregator/background.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>
#include <utility>
#include <vector>

#include "catch.hpp"

using tally::aggregator::Background;

namespace {
std::function<void()> before_join;  // called once
}

// In place of the C library's, for the whole program.
extern "C" int pthread_join(pthread_t thread, void** result) {
  static const auto real =
      reinterpret_cast<int (*)(pthread_t, void**)>(::dlsym(RTLD_NEXT, "pthread_join"));
  if (before_join) std::exchange(before_join, nullptr)();
  return real(thread, result);
}

TEST_CASE("jobs run in their order, and drain waits for all of them", "[aggregator]") {
  std::vector<int> order;
  Background background;
  for (int i = 0; i < 100; ++i) background.run([&order, i] { order.push_back(i); });
  background.drain();
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("what a job throws reaches the owner, and no later job runs", "[aggregator]") {
  std::atomic<int> later{0};
  Background background;
  background.run([] { throw std::runtime_error("disk full"); });
  CHECK_THROWS_WITH(
      [&] {
        for (int i = 0; i < 100; ++i) background.run([&later] { ++later; });
        background.drain();
      }(),
      "disk full");
  CHECK_THROWS_WITH(background.drain(), "disk full");
  CHECK_THROWS_WITH(background.run([&later] { ++later; }), "disk full");
  CHECK(later == 0);
}

TEST_CASE("an owner that gives up waits for the running job only", "[aggregator]") {
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<bool> first{false};
  std::atomic<bool> second{false};
  {
    Background background;
    background.run([&] {
      started.set_value();
      release.get_future().wait();
      first = true;
    });
    background.run([&second] { second = true; });
    started.get_future().wait();
    before_join = [&release] { release.set_value(); };  // the owner is leaving
  }
  CHECK_FALSE(before_join);
  CHECK(first);
  CHECK_FALSE(second);
}
