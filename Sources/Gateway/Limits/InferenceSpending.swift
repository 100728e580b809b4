import Domain

/// What the tries of one inference use of tokens and money: what was asked and nobody knows the cost of yet, what is
/// known, and what limits and budgets are told of it in the end. A part of its record.
struct InferenceSpending {
    private struct Asked {
        let chat: CallerRequest
        let plan: VariantPlan
        /// Of the body.
        let bytes: Int
    }

    /// What an upstream is asked, and nobody knows yet what that costs.
    private var asking: Asked?
    /// The same of a try that runs at the same time; `asking` is the one that is told of.
    private var beside: Asked?
    /// What all tries have used that are over.
    private var bill = InferenceBill.none
    /// What its provider told of a try that gave nothing, in micro-USD.
    private var wastedMicroUSD: Int64?
    /// What it has taken of limits and budgets; nil where none hold.
    var admission: Admission?

    /// Of the body that is answered now.
    var sentBytes: Int { asking?.bytes ?? 0 }

    /// A try goes out.
    mutating func sent(_ byteCount: Int, _ chat: CallerRequest, to plan: VariantPlan) {
        asking = Asked(chat: chat, plan: plan, bytes: byteCount)
    }

    // MARK: Two tries at a time

    /// Another try begins while one runs.
    mutating func setAside() {
        beside = asking.take()
        admission?.turn()
    }

    /// What is told from here on is of this one of the two.
    mutating func turn(to plan: VariantPlan) {
        guard asking?.plan !== plan, beside?.plan === plan else { return }
        swap(&asking, &beside)
        admission?.turn()
    }

    /// What the tries that are over have used, and what one that runs may use.
    func promised(_ gateway: Gateway) -> InferenceBill {
        guard let beside else { return bill }
        var sum = bill
        sum.add(unknown: Self.reservation(of: beside, gateway))
        return sum
    }

    // MARK: What they used

    /// An answer has come, whole or not.
    /// - Parameters:
    ///   - tokens: as the provider told them; nil when it told none.
    ///   - input: of the input alone, which it told before it broke off.
    ///   - saidBytes: how long what was said is, for an estimate; 0 where nothing is.
    ///   - saidBytesMax: how long it may be at most.
    ///   - isWhole: whether the provider has said all that it had to say.
    ///   - outcome: is told the tokens and the cost, and says whether they are to be estimated.
    mutating func used(
        _ tokens: Outcome.Tokens?, input: Outcome.Tokens?, saidBytes: Int, saidBytesMax: Int, isWhole: Bool,
        told outcome: Outcome, _ gateway: Gateway
    ) {
        guard let asked = asking.take() else { return }
        var estimate = TokenEstimate.of(sent: asked.bytes, said: saidBytes)
        if var input {
            input.output = estimate.output
            estimate = input
        }
        outcome.tokens = outcome.areTokensEstimated ? estimate : tokens
        guard let known = outcome.tokens else {
            asking = asked
            return wasted(nil, mayBeBilled: true, gateway)
        }
        let price = asked.plan.price
        outcome.costMicroUSD = price?.cost(known)
        let before = bill.tokens
        if !outcome.areTokensEstimated {
            bill.add(known, charge: Self.charge(price, known, asked, gateway))
        } else {
            // Of what is estimated a budget counts the most that it can be: a token is a byte at least.
            var most = price?.ceiling(input: Int64(asked.bytes), output: Int64(saidBytesMax))
            if var input {
                input.output = Int64(saidBytesMax)
                most = Self.charge(price, input, asked, gateway)
            }
            if isWhole {
                bill.add(known, charge: most)
            } else {
                // What else was thought before it broke off, nobody knows.
                bill.add(
                    unknown: Self.reservation(of: asked, gateway), tokens: known.input + known.output,
                    charge: most ?? 0)
            }
        }
        admission?.tried(used: bill.tokens - before)
    }

    /// A try gave nothing that the caller may have.
    /// - Parameters:
    ///   - told: tokens that its provider told all the same.
    ///   - mayBeBilled: whether the provider may have done what it was asked.
    mutating func wasted(_ told: Outcome.Tokens?, mayBeBilled: Bool, _ gateway: Gateway) {
        guard let asked = asking.take() else { return }
        let before = bill.tokens
        if let told {
            let price = asked.plan.price
            bill.add(told, charge: Self.charge(price, told, asked, gateway))
            if let cost = price?.cost(told) { wastedMicroUSD = (wastedMicroUSD ?? 0) &+ cost }
        } else if mayBeBilled {
            bill.add(unknown: Self.reservation(of: asked, gateway))
        }
        admission?.tried(used: bill.tokens - before)
    }

    /// A count that no price reaches, however it came about, must not give back what was reserved.
    private static func charge(
        _ price: Price?, _ tokens: Outcome.Tokens, _ asked: Asked, _ gateway: Gateway
    ) -> Int64? {
        price.flatMap { $0.charge(tokens) ?? reservation(of: asked, gateway).ceiling }
    }

    private static func reservation(of asked: Asked, _ gateway: Gateway) -> Reservation {
        Reservation(asked.chat, asked.plan, bytes: asked.bytes, gateway.settings)
    }

    // MARK: The end

    /// What limits count, and budgets in micro-USD.
    mutating func settle(_ outcome: Outcome, _ gateway: Gateway) {
        // Such as an answer too large to be read, or a caller who left: what was reserved stands.
        if asking != nil { wasted(nil, mayBeBilled: true, gateway) }
        if let left = beside {
            turn(to: left.plan)
            wasted(nil, mayBeBilled: true, gateway)
        }
        if bill.isPriced { outcome.chargeMicroUSD = bill.chargeMicroUSD }
        if let wastedMicroUSD, outcome.served == nil || outcome.costMicroUSD != nil {
            outcome.costMicroUSD = (outcome.costMicroUSD ?? 0) &+ wastedMicroUSD
        }
        guard let admission else { return }
        admission.settle(bill)
        outcome.meters = admission.counted
    }
}
