#include "core/shard/hdf5.hpp"

#include "catch.hpp"

using namespace tally;

namespace {

/// HDF5's error stack with one entry.
void push(const char* text) {
  H5Eclear2(H5E_DEFAULT);
  H5Epush2(H5E_DEFAULT, "file.c", "function", 1, H5E_ERR_CLS, H5E_IO, H5E_WRITEERROR, "%s", text);
}

}  // namespace

TEST_CASE("a refusal of the system is reported by the text of its errno alone", "[shard][hdf5]") {
  start_hdf5();
  push(
      "file write failed: time = Wed Nov 25 18:20:00 2026\n, filename = 'a/results.h5', file "
      "descriptor = 7, errno = 28, error message = 'No space left on device', buf = 0x5581, total "
      "write size = 262144, bytes this sub-write = 262144, bytes actually written = "
      "18446744073709551615, offset = 0");
  CHECK(h5_reason() == "No space left on device");
}

TEST_CASE("any other reason stays, on one line", "[shard][hdf5]") {
  start_hdf5();
  push("bad superblock\nversion number");
  CHECK(h5_reason() == "bad superblock version number");
  push("error message = 'cut");
  CHECK(h5_reason() == "error message = 'cut");
  H5Eclear2(H5E_DEFAULT);
  CHECK(h5_reason() == "unknown");
}
