/// Countries whose capital is one undisputed city.
enum Capitals {
    static let all: [(country: String, capital: String)] = [
        ("Albania", "Tirana"), ("Argentina", "Buenos Aires"), ("Armenia", "Yerevan"), ("Australia", "Canberra"),
        ("Austria", "Vienna"), ("Belgium", "Brussels"), ("Brazil", "Brasília"), ("Bulgaria", "Sofia"),
        ("Canada", "Ottawa"), ("Chad", "N'Djamena"), ("Colombia", "Bogotá"), ("Croatia", "Zagreb"),
        ("Cuba", "Havana"), ("Cyprus", "Nicosia"), ("Denmark", "Copenhagen"), ("Ecuador", "Quito"),
        ("Egypt", "Cairo"), ("Estonia", "Tallinn"), ("Ethiopia", "Addis Ababa"), ("Finland", "Helsinki"),
        ("France", "Paris"), ("Georgia", "Tbilisi"), ("Germany", "Berlin"), ("Ghana", "Accra"),
        ("Greece", "Athens"), ("Hungary", "Budapest"), ("Iceland", "Reykjavík"), ("India", "New Delhi"),
        ("Indonesia", "Jakarta"), ("Ireland", "Dublin"), ("Italy", "Rome"), ("Jamaica", "Kingston"),
        ("Japan", "Tokyo"), ("Jordan", "Amman"), ("Kenya", "Nairobi"), ("Latvia", "Riga"),
        ("Lebanon", "Beirut"), ("Lithuania", "Vilnius"), ("Malta", "Valletta"), ("Mexico", "Mexico City"),
        ("Moldova", "Chișinău"), ("Mongolia", "Ulaanbaatar"), ("Morocco", "Rabat"), ("Nepal", "Kathmandu"),
        ("New Zealand", "Wellington"), ("Nigeria", "Abuja"), ("Norway", "Oslo"), ("Pakistan", "Islamabad"),
        ("Peru", "Lima"), ("Poland", "Warsaw"), ("Portugal", "Lisbon"), ("Romania", "Bucharest"),
        ("Senegal", "Dakar"), ("Serbia", "Belgrade"), ("Slovakia", "Bratislava"), ("Slovenia", "Ljubljana"),
        ("Spain", "Madrid"), ("Sweden", "Stockholm"), ("Thailand", "Bangkok"), ("Tunisia", "Tunis"),
        ("Turkey", "Ankara"), ("Ukraine", "Kyiv"), ("Uruguay", "Montevideo"), ("Vietnam", "Hanoi"),
    ]

    static let byCountry = Dictionary(all.map { ($0.country, $0.capital) }, uniquingKeysWith: { first, _ in first })
}
