option(TALLY_WERROR "Turn warnings into errors" OFF)
set(TALLY_SANITIZE "" CACHE STRING "Comma list for -fsanitize=, e.g. address,undefined")

# One place for flags. Only our own targets link it; it is never exported.
add_library(tally_flags INTERFACE)
target_compile_features(tally_flags INTERFACE cxx_std_20)
target_compile_options(tally_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -UNDEBUG
  $<$<BOOL:${TALLY_WERROR}>:-Werror>)
if(TALLY_SANITIZE)
  target_compile_options(tally_flags INTERFACE
    -fsanitize=${TALLY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tally_flags INTERFACE -fsanitize=${TALLY_SANITIZE})
endif()

# tally_library(<name> HEADERS h... SOURCES c... [LINK targets...] [PRIVATE_LINK targets...])
# One folder, one static library `tally_<name>` with alias `tally::<name>`.
function(tally_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;LINK;PRIVATE_LINK")
  add_library(tally_${name} STATIC ${arg_SOURCES})
  add_library(tally::${name} ALIAS tally_${name})
  # Each header must compile alone. One with a source of its name does so there: the formatter puts it
  # first. The others are compiled by themselves.
  set(alone ${arg_HEADERS})
  list(TRANSFORM arg_SOURCES REPLACE "\\.cpp$" ".hpp" OUTPUT_VARIABLE first_in_a_source)
  list(REMOVE_ITEM alone ${first_in_a_source})
  target_sources(tally_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${arg_HEADERS}
    FILE_SET alone TYPE HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${alone})
  target_link_libraries(tally_${name}
    PRIVATE $<BUILD_INTERFACE:tally_flags> ${arg_PRIVATE_LINK} PUBLIC ${arg_LINK})
  target_compile_features(tally_${name} PUBLIC cxx_std_20)
  set_target_properties(tally_${name} PROPERTIES
    VERIFY_INTERFACE_HEADER_SETS ON
    INTERFACE_HEADER_SETS_TO_VERIFY alone
    POSITION_INDEPENDENT_CODE ON)          # the LibTorch plugin links them too
endfunction()

add_custom_target(unit-tests)  # every program whose tests carry the label `unit`

# tally_test(<name> SOURCES ... [LINK ...] [LABELS ...] [TIMEOUT s]): one Catch2 program, one ctest entry.
function(tally_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LINK;LABELS")
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)  # only a bound: a busy machine is many times slower
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE tally_flags tally_test_main ${arg_LINK})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name} --order rand --rng-seed time)
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  if("unit" IN_LIST arg_LABELS)
    add_dependencies(unit-tests ${name})
  endif()
endfunction()

# tally_mpi_test(<name> TARGET <exe> RANKS 1 2 3): one ctest entry per rank count.
function(tally_mpi_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET" "RANKS")
  foreach(n IN LISTS arg_RANKS)
    add_test(NAME ${name}.np${n} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${n}
             ${MPIEXEC_PREFLAGS} $<TARGET_FILE:${arg_TARGET}> --order decl)
    # Waiting ranks spin, so nothing else runs beside them. Open MPI itself leaks, so leak checks are off
    # here; memory errors still fail.
    set_tests_properties(${name}.np${n} PROPERTIES RUN_SERIAL ON TIMEOUT 300 LABELS mpi
      ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0;OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe")
  endforeach()
endfunction()
