internal import Glibc

/// The normal mixture boundary (Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 49, 2021, section
/// 3): a martingale with intrinsic time v stays below it at all times at once with probability 1 − α.
package enum NormalMixture {
    /// The mixing precision ρ that makes the two-sided boundary about tightest at intrinsic time `time`.
    package static func precision(tightestAt time: Double, alpha: Double) -> Double {
        let twice = -2 * log(alpha)
        return time / (twice + log1p(twice))
    }

    /// The two-sided boundary at intrinsic time `time`, in the units of the martingale.
    package static func bound(at time: Double, precision: Double, alpha: Double) -> Double {
        ((time + precision) * (log1p(time / precision) - 2 * log(alpha))).squareRoot()
    }
}
