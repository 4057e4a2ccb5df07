/* SPDX-License-Identifier: MIT
 * The reference backend's table. */
#include "backend/backend.h"
#include "backend/reference.h"

static const char *description(void)
{
    return "reference";
}

const info_i_backend *info_i_backend_reference(void)
{
    static const info_i_backend table = {
        .description = description,
        .gemm_f32 = info_i_reference_gemm_f32,
        .gemm_f64 = info_i_reference_gemm_f64,
        .syrk_f64 = info_i_reference_syrk_f64,
        .cholesky_f64 = info_i_reference_cholesky_f64,
        .solve_lower_f64 = info_i_reference_solve_lower_f64,
        .eigen_work_f64 = info_i_reference_eigen_work_f64,
        .eigen_f64 = info_i_reference_eigen_f64,
        .singular_values_work_f64 = info_i_reference_singular_values_work_f64,
        .singular_values_f64 = info_i_reference_singular_values_f64,
    };
    return &table;
}

#ifdef INFO_I_LINALG_REFERENCE
const info_i_backend *info_i_backend_default(void)
{
    return info_i_backend_reference();
}
#endif
