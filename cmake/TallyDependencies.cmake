# Every third-party package, found once. Torch is found in worker/torch, which alone uses it.
find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)  # 0.7 exports `yaml-cpp`, 0.8 the namespaced name
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)
# The static library where there is one: Debian's shared one loads libcurl and forty more for a driver
# that reads from S3, twice the start-up time of everything else.
set(HDF5_USE_STATIC_LIBRARIES ON)
find_package(HDF5 COMPONENTS C)
if(NOT HDF5_FOUND)
  unset(HDF5_USE_STATIC_LIBRARIES)
  find_package(HDF5 REQUIRED COMPONENTS C)
endif()
find_package(MPI REQUIRED COMPONENTS C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
find_library(TALLY_SECCOMP_STATIC NAMES libseccomp.a HINTS ${SECCOMP_LIBRARY_DIRS})
pkg_check_modules(ISAL IMPORTED_TARGET libisal)  # absent on some architectures: libdeflate serves

add_library(tally_hdf5 INTERFACE)
target_include_directories(tally_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(tally_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
target_link_options(tally_hdf5 INTERFACE -Wl,--as-needed)  # the static library names what we never call

# mpi.h from Open MPI 4 pulls in the removed C++ bindings unless told not to.
add_library(tally_mpi INTERFACE)
target_link_libraries(tally_mpi INTERFACE MPI::MPI_C)
target_compile_definitions(tally_mpi INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
